// Pasted measurements: any text, never a crash; figures are finite and lines are counted from 1.
#include <cmath>

#include "core/catalog/measurement_paste.h"
#include "tests/fuzz/fuzz.h"

int headroom::fuzz::fuzz_paste(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  const Paste paste = parse_paste({reinterpret_cast<const char*>(data), size});
  for (const PastedFigure& figure : paste.figures) {
    fuzz::require(std::isfinite(figure.value));
    static_cast<void>(workload_of(figure));
  }
  return 0;
}
