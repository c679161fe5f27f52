// Plots drawn with lines: curves with a band, measured points as rings, the present scenario dashed, values on hover.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wasm/app/ui.h"
#include "wasm/app/widgets/plot_frame.h"

namespace headroom {

struct CurveSample {
  double x = 0, low = 0, middle = 0, high = 0;
};
struct RingSample {
  double x = 0, y = 0;
  std::string note;  // what it is, on hover
};

struct CurvePlot {
  std::string_view title;
  std::span<const CurveSample> samples;  // rising x; log-scaled
  std::span<const RingSample> rings;
  std::optional<double> marker;   // the present scenario
  std::optional<double> context;  // the context chosen for it
  bool log_y = false;
  std::function<std::string(double)> format_x, format_y;  // of values
  std::function<std::string(double)> format_tick;         // of the vertical axis, where it needs fewer digits
  std::string_view empty_text;                            // when there are no samples
  std::span<const LegendItem> legend;                     // below the axis, inside the plot's rectangle
  [[nodiscard]] bool shows(const std::optional<double>& x) const {
    return x && !samples.empty() && *x >= samples.front().x * 0.99 && *x <= samples.back().x * 1.01;
  }
};
void curve_plot(Ui& ui, const Rect& rect, const CurvePlot& plot);

// Predicted against measured, both log-scaled, the diagonal drawn.
struct ScatterSample {
  float x = 0, y = 0;
  std::uint32_t index = 0;  // the caller's
};
struct ScatterPlot {
  std::string_view title, x_label, y_label;
  std::span<const ScatterSample> samples;
  std::function<std::string(std::uint32_t)> describe;  // on hover
  std::string_view empty_text;                         // stands in a plot without samples
};
void scatter_plot(Ui& ui, const Rect& rect, const ScatterPlot& plot);

}  // namespace headroom
