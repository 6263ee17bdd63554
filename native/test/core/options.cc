// The command line of a server: flags of the protocol, and those of a model's own.
#include "core/options.hpp"

#include "../check.hpp"

namespace {

using iomodels::Flag;
using iomodels::Mode;
using iomodels::Options;

std::string taken;

bool take_colour(std::string_view value, std::string&) {
  taken = value;
  return value == "red" || value == "blue";
}

bool take_size(std::string_view, std::string& error) {
  error = "too large";
  return false;
}

constexpr Flag kFlags[] = {
    {"colour", "red or blue", take_colour},
    {"size", "a number", take_size},
    {nullptr, nullptr, nullptr},
};

// What parse_options says about the arguments; "" when they are right.
std::string parse(std::vector<std::string> arguments, const Flag* flags, Options& options) {
  std::string program = "server";
  std::vector<char*> argv = {program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string error;
  const bool is_right = iomodels::parse_options(static_cast<int>(argv.size()) - 1, argv.data(),
                                                flags, options, error);
  if (is_right != error.empty()) check::fail("the verdict and its reason disagree");
  return error;
}

void expect(const std::vector<std::string>& arguments, const Flag* flags, const char* wanted) {
  Options options;
  const std::string got = parse(arguments, flags, options);
  if (got != wanted) check::fail("\"" + got + "\" instead of \"" + wanted + "\"");
}

void own_flag_is_taken() {
  Options options;
  CHECK(parse({"--mode", "greeting", "--colour", "blue"}, kFlags, options).empty());
  CHECK(taken == "blue");
  CHECK(options.mode == Mode::greeting);
}

void limits_are_taken() {
  Options options;
  CHECK(parse({"--max-connections", "7", "--idle-timeout=250"}, nullptr, options).empty());
  CHECK(options.limits.connections == 7);
  CHECK(options.limits.idle_timeout_ms == 250);
}

}  // namespace

// getopt keeps its place between calls; each case has a process of its own, and parses once.
int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"a flag of the model's own is taken", own_flag_is_taken},
       {"a wrong value is refused with what the flag takes",
        [] {
          expect({"--colour", "green"}, kFlags, "--colour: takes red or blue, not green");
        }},
       {"a reason of the model's own is passed on",
        [] { expect({"--size=9"}, kFlags, "--size: too large"); }},
       {"a flag of the model's own needs its value",
        [] { expect({"--colour"}, kFlags, "unknown flag, or flag without its value: --colour"); }},
       {"an unknown flag is refused next to flags of the model's own",
        [] {
          expect({"--shape", "x"}, kFlags, "unknown flag, or flag without its value: --shape");
        }},
       {"an address that others reach is refused",
        [] {
          expect({"--listen", "0.0.0.0:0"}, nullptr,
                 "--listen has an address that other machines may reach: give one of 127.0.0.0/8, "
                 "or --allow-remote if that is meant");
        }},
       {"an address that others reach is taken when that is meant",
        [] {
          expect({"--listen", "10.1.2.3:80", "--allow-remote"}, nullptr, "");
        }},
       {"all of 127.0.0.0/8 is this machine's own",
        [] {
          expect({"--listen", "127.9.8.7:80"}, nullptr, "");
        }},
       {"limits are taken", limits_are_taken},
       {"a limit of nothing is none",
        [] {
          expect({"--max-connections", "0"}, nullptr,
                 "--max-connections takes a number from 1 to 1000000, not 0");
        }},
       {"a time limit is a number",
        [] {
          expect({"--idle-timeout", "1s"}, nullptr,
                 "--idle-timeout takes a number from 1 to 86400000, not 1s");
        }},
       {"without flags of its own a model takes none", [] {
          expect({"--colour", "red"}, nullptr, "unknown flag, or flag without its value: --colour");
        }}});
}
