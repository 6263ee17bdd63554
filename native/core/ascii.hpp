// Letters as HTTP compares them: without regard to the locale.
#pragma once

namespace iomodels {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace iomodels
