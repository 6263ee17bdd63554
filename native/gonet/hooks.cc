#include "hooks.hpp"

#ifdef IOMODELS_GONET_HOOKS
namespace iomodels::gonet {
void (*hook)(Point point) = nullptr;
}  // namespace iomodels::gonet
#endif
