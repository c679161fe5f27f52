// A machine's roofline on two logarithmic axes, with scenarios as dots under it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/speed/intensity.h"
#include "wasm/app/ui.h"
#include "wasm/app/widgets/plot_frame.h"

namespace headroom {

struct RooflineDot {
  RooflinePoint point;
  std::string_view name;
  std::string note;  // on hover
  ImU32 color = 0;
};

struct RooflinePlot {
  std::string_view title;
  const MachineRoofline* machine = nullptr;
  std::string peak_label, bandwidth_label;
  std::span<const RooflineDot> dots;
  std::span<const LegendItem> legend;
  std::function<std::string(double)> format_tick;  // of operations per byte, and of TFLOP/s
  std::string_view empty_text;                     // when the bandwidth is not known
};
void roofline_plot(Ui& ui, const Rect& rect, const RooflinePlot& plot);

}  // namespace headroom
