// Trouble that may come with every connection, as lines on stderr: at most one a second, so that
// they neither flood their reader nor make the server wait for it.
#pragma once

#include <string_view>

namespace iomodels {

// what: one line without its newline; why: an errno, or 0.
void complain(std::string_view what, int why = 0);

}  // namespace iomodels
