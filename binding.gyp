{
  # Link-time optimisation of the servers, core and runtime included: all of them are as fast as one
  # source file. Only with gcc, whose ar and ld read such objects everywhere.
  'variables': {
    'lto_flags': ["<!@(${CXX:-c++} -dM -E -x c++ /dev/null | grep -q __clang__ || echo -flto=auto -ffat-lto-objects)"],
  },
  # Flags of every C and C++ target. Node's own defaults (common.gypi) come first; -fno-exceptions
  # and -fno-rtti are among them.
  'target_defaults': {
    'default_configuration': 'Release',
    # A frame larger than a page must not step over a coroutine's guard page.
    'cflags': ['-Wall', '-Wextra', '-Wno-unused-parameter', '-fstack-clash-protection'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=c++20', '-Wpedantic'],
  },
  'includes': ['native/variants.gypi'],  # an executable per native variant; written by scripts/bootstrap.mjs
  'targets': [
    {
      # What every native server is linked with: sockets, HTTP, answers, counters, control, main().
      'target_name': 'core',
      'type': 'static_library',
      # Not every program of this library is a server: probe has a main() of its own.
      'sources': ['<!@(node scripts/one-source.mjs core control.cc main.cc server.cc)'],
      'cflags_cc': ['<@(lto_flags)'],
      'include_dirs': ['native'],
      'defines': ['IOMODELS_CORE_FINGERPRINT="<!(node scripts/core-fingerprint.mjs)"'],
      'direct_dependent_settings': {
        'include_dirs': ['native'],
        'cflags_cc': ['<@(lto_flags)'],
        'ldflags': ['<@(lto_flags)', '-O3'],
      },
    },
    {
      # Go's net design: coroutines, scheduler, netpoller.
      'target_name': 'gonet',
      'type': 'static_library',
      'sources': ['<!@(node scripts/one-source.mjs gonet)'],
      'cflags_cc': ['<@(lto_flags)'],
      'include_dirs': ['native'],
      'direct_dependent_settings': { 'include_dirs': ['native'] },
    },
    {
      # The same with what may be done better than Go does it, as one source.
      'target_name': 'gonet_tuned',
      'type': 'static_library',
      'sources': ['native/gonet/tuned/library.cc'],
      'cflags_cc': ['<@(lto_flags)'],
      'include_dirs': ['native'],
      'defines': ['IOMODELS_GONET_TUNED'],
      'direct_dependent_settings': {
        'include_dirs': ['native'],
        'defines': ['IOMODELS_GONET_TUNED'],
      },
    },
    {
      # What a switch, a clock, a counter and a bare request cost; measures one row and prints it.
      'target_name': 'probe',
      'type': 'executable',
      'dependencies': ['gonet', 'core'],
      'sources': ['<!@(ls native/probe/cost/*.cc)'],
    },
    {
      # What the harness loads: the load generator and helpers. The only target that knows Node.
      'target_name': 'iomodels',
      'sources': [
        'native/addon/addon.cc',
        'native/addon/load_config.cc',
        'native/addon/load_object.cc',
        'native/addon/null_server_object.cc',
        'native/addon/perf_object.cc',
        'native/addon/sentinel_call.cc',
        '<!@(ls native/loadgen/*.cc)',
        'native/probe/perf_counters.cc',
        'native/probe/perf_tracepoint.cc',
        'native/probe/spin_sentinel.cc',
        'native/vendor/hdr_histogram/hdr_histogram.c',
      ],
      # Relative: gyp quotes no path, and the checkout may lie in a folder with a space in its name.
      'include_dirs': ['node_modules/node-addon-api', 'native/vendor/hdr_histogram'],
      'defines': ['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
      'cflags': ['-fvisibility=hidden'],
    },
  ],
}
