// A person's own measurement beside the estimate of the same test.
#pragma once

#include <cstdint>
#include <string>

#include "core/catalog/own_measurement.h"
#include "wasm/app/screen.h"
#include "wasm/app/session.h"

namespace headroom::fit {

class OwnSection {
 public:
  void draw(ScreenContext& context, Flow& flow);

 private:
  void read(Session& session);
  void draw_figure(const Ui& ui, Flow& body, const PastedFigure& figure, const FigureComparison& comparison) const;
  void draw_calibration(Ui& ui, Flow& body, Session& session) const;
  std::string text_;
  std::string read_text_;
  std::uint64_t read_revision_ = 0;
  OwnMeasurement own_;
};

}  // namespace headroom::fit
