{
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
      'sources': ['<!@(ls native/core/*.cc)'],
      'include_dirs': ['native'],
      'defines': ['IOMODELS_CORE_FINGERPRINT="<!(node scripts/core-fingerprint.mjs)"'],
      'direct_dependent_settings': { 'include_dirs': ['native'] },
    },
    {
      # Go's net design: coroutines, scheduler, netpoller.
      'target_name': 'gonet',
      'type': 'static_library',
      'sources': ['<!@(ls native/gonet/*.cc)'],
      'include_dirs': ['native'],
      'direct_dependent_settings': { 'include_dirs': ['native'] },
    },
    {
      # What the harness loads: the load generator and helpers. The only target that knows Node.
      'target_name': 'iomodels',
      'sources': [
        'native/addon/addon.cc',
        'native/addon/closed_loop_object.cc',
        'native/loadgen/affinity.cc',
        'native/loadgen/closed_loop.cc',
        'native/loadgen/connection.cc',
        'native/loadgen/connector.cc',
        'native/loadgen/hdr_histogram_c.c',
        'native/loadgen/ledger.cc',
        'native/loadgen/progress.cc',
        'native/loadgen/reply_parser.cc',
      ],
      'include_dirs': [
        "<!(node -p \"require('node-addon-api').include_dir\")",
        "<!(node -p \"require('path').join(require('path').dirname(require.resolve('native-hdr-histogram/package.json')), 'HdrHistogram_c/src')\")",
      ],
      'defines': ['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
      'cflags': ['-fvisibility=hidden'],
    },
  ],
}
