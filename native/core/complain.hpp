// Trouble that may come with every connection, told on stderr: at most one line a second, so that
// it neither floods whoever reads it nor makes the server wait for them.
#pragma once

#include <string_view>

namespace iomodels {

// what: one line without its newline; why: an errno, or 0.
void complain(std::string_view what, int why = 0);

}  // namespace iomodels
