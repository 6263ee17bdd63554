// Compiles HdrHistogram_c from the npm package that carries its source. Only an include path can
// name that folder wherever npm hoisted it to, hence this file.
#include <hdr_histogram.c>
