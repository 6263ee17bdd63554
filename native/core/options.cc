#include "options.hpp"

#include <arpa/inet.h>
#include <getopt.h>

#include <charconv>
#include <string_view>
#include <vector>

namespace iomodels {
namespace {

bool parse_number(std::string_view text, unsigned max, unsigned& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value <= max;
}

bool parse_address(std::string_view text, sockaddr_in& address) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  unsigned port = 0;
  if (!parse_number(text.substr(colon + 1), 65535, port)) return false;
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &address.sin_addr) == 1;
}

bool parse_cpu_range(std::string_view text, cpu_set_t& cpus) {
  const std::size_t dash = text.find('-');
  unsigned first = 0;
  if (!parse_number(text.substr(0, dash), CPU_SETSIZE - 1, first)) return false;
  unsigned last = first;
  if (dash != std::string_view::npos) {
    if (!parse_number(text.substr(dash + 1), CPU_SETSIZE - 1, last) || last < first) return false;
  }
  for (unsigned cpu = first; cpu <= last; ++cpu) CPU_SET(cpu, &cpus);
  return true;
}

bool parse_cpus(std::string_view text, cpu_set_t& cpus) {
  for (;;) {
    const std::size_t comma = text.find(',');
    if (!parse_cpu_range(text.substr(0, comma), cpus)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool parse_mode(std::string_view text, Mode& mode) {
  if (text == "http") {
    mode = Mode::http;
  } else if (text == "greeting") {
    mode = Mode::greeting;
  } else {
    return false;
  }
  return true;
}

bool is_loopback(const sockaddr_in& address) {
  return ntohl(address.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

// One of the numbers per request that --inject-… takes.
struct Injected {
  int option;  // getopt's name
  const char* name;
  unsigned max;
  std::uint32_t Injection::*value;
};

constexpr Injected kInjected[] = {
    {'1', "inject-us", kMaxInjectedUs, &Injection::us},
    {'2', "inject-syscalls", kMaxInjectedSyscalls, &Injection::syscalls},
    {'3', "inject-handoffs", kMaxInjectedHandoffs, &Injection::handoffs},
};

bool parse_injection(int option, const char* text, Injection& injection, std::string& error) {
  for (const Injected& injected : kInjected) {
    if (injected.option != option) continue;
    if (parse_number(text, injected.max, injection.*injected.value)) return true;
    error = std::string("--") + injected.name + " takes a number up to " +
            std::to_string(injected.max) + ", not " + text;
  }
  return false;
}

bool parse_limit(const char* name, const char* text, std::uint32_t max, std::uint32_t& value,
                 std::string& error) {
  if (parse_number(text, max, value) && value > 0) return true;
  error = std::string(name) + " takes a number from 1 to " + std::to_string(max) + ", not " + text;
  return false;
}

bool parse_option(int option, const char* value, Options& options, std::string& error) {
  switch (option) {
    case 'l':
      if (parse_address(value, options.listen)) return true;
      error = std::string("--listen takes host:port with an IPv4 address, not ") + value;
      return false;
    case 'c':
      if (parse_cpus(value, options.cpus)) return true;
      error = std::string("--cpus takes a list such as 0,2-3, not ") + value;
      return false;
    case 'm':
      if (parse_mode(value, options.mode)) return true;
      error = std::string("--mode is http or greeting, not ") + value;
      return false;
    case 'u':
      options.upstream_host = value;
      if (parse_address(value, options.upstream)) return true;
      error = std::string("--upstream takes host:port with an IPv4 address, not ") + value;
      return false;
    case 'r': options.allows_remote = true; return true;
    case 'n':
      return parse_limit("--max-connections", value, kMaxConnections, options.limits.connections,
                         error);
    case 'i':
      return parse_limit("--idle-timeout", value, kMaxIdleTimeoutMs, options.limits.idle_timeout_ms,
                         error);
    default: return parse_injection(option, value, options.injection, error);
  }
}

// getopt's name for flags[i] is kFirstOwn + i: beyond every character.
constexpr int kFirstOwn = 256;

std::vector<option> known_options(const Flag* flags) {
  std::vector<option> known = {
      {"listen", required_argument, nullptr, 'l'},
      {"cpus", required_argument, nullptr, 'c'},
      {"mode", required_argument, nullptr, 'm'},
      {"upstream", required_argument, nullptr, 'u'},
      {"allow-remote", no_argument, nullptr, 'r'},
      {"max-connections", required_argument, nullptr, 'n'},
      {"idle-timeout", required_argument, nullptr, 'i'},
  };
  for (const Injected& injected : kInjected) {
    known.push_back({injected.name, required_argument, nullptr, injected.option});
  }
  for (int i = 0; flags != nullptr && flags[i].name != nullptr; ++i) {
    known.push_back({flags[i].name, required_argument, nullptr, kFirstOwn + i});
  }
  known.push_back({nullptr, 0, nullptr, 0});
  return known;
}

bool take_own(const Flag& flag, const char* value, std::string& error) {
  std::string why;
  if (flag.take(value, why)) return true;
  error = std::string("--") + flag.name + ": " +
          (why.empty() ? std::string("takes ") + flag.value + ", not " + value : why);
  return false;
}

}  // namespace

bool parse_options(int argc, char** argv, const Flag* flags, Options& options, std::string& error) {
  const std::vector<option> known = known_options(flags);
  parse_address("127.0.0.1:0", options.listen);
  CPU_ZERO(&options.cpus);
  opterr = 0;
  for (;;) {
    const int current = optind;
    const int option = getopt_long(argc, argv, "", known.data(), nullptr);
    if (option == -1) break;
    if (option == '?') {
      error = std::string("unknown flag, or flag without its value: ") + argv[current];
      return false;
    }
    const bool is_taken = option >= kFirstOwn ? take_own(flags[option - kFirstOwn], optarg, error)
                                              : parse_option(option, optarg, options, error);
    if (!is_taken) return false;
  }
  if (optind < argc) {
    error = std::string("unexpected argument: ") + argv[optind];
    return false;
  }
  if (!options.allows_remote && !is_loopback(options.listen)) {
    error =
        "--listen has an address that other machines may reach: give one of 127.0.0.0/8, or "
        "--allow-remote if that is meant";
    return false;
  }
  return true;
}

}  // namespace iomodels
