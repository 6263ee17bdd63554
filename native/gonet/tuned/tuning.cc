#include "tuning.hpp"

#include "gonet/fiber.hpp"

namespace iomodels::gonet {
namespace {

struct Option {
  bool Tuning::*field;
  const char* name;
};

constexpr Option kOptions[] = {
#define IOMODELS_OPTION(field, name, text) {&Tuning::field, name},
    IOMODELS_GONET_TUNING(IOMODELS_OPTION)
#undef IOMODELS_OPTION
};

Tuning everything() {
  Tuning all;
  for (const Option& option : kOptions) all.*option.field = true;
  return all;
}

bool switch_on(std::string_view name, Tuning& out) {
  for (const Option& option : kOptions) {
    if (name == option.name) return out.*option.field = true;
  }
  return false;
}

}  // namespace

Tuning tuning;

bool parse_tuning(std::string_view text, Tuning& out, std::string& error) {
  Tuning parsed = text == "all" ? everything() : Tuning{};
  bool is_over = text == "none" || text == "all";
  while (!is_over) {
    const std::size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    if (!switch_on(name, parsed)) {
      error = "does not know '" + std::string(name) + "', but none, all, or some of " +
              tuning_text(everything());
      return false;
    }
    is_over = comma == std::string_view::npos;
    text.remove_prefix(is_over ? text.size() : comma + 1);
  }
  parsed.lean_stacks = parsed.lean_stacks && kStacksCanBePacked;
  out = parsed;
  return true;
}

std::string tuning_text(const Tuning& tuning) {
  std::string text;
  for (const Option& option : kOptions) {
    if (!(tuning.*option.field)) continue;
    if (!text.empty()) text += ',';
    text += option.name;
  }
  return text.empty() ? "none" : text;
}

}  // namespace iomodels::gonet
