// A person's own measurement beside the estimate of the same test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/catalog/measurement_paste.h"
#include "wasm/app/screen.h"
#include "wasm/app/session.h"

namespace headroom::fit {

class OwnSection {
 public:
  void draw(ScreenContext& context, Flow& flow);

 private:
  void read(Session& session);
  void draw_figure(const Ui& ui, Flow& body, const PastedFigure& figure, double estimated) const;
  std::string text_;
  std::string read_text_;
  std::uint64_t read_revision_ = 0;
  Paste paste_;
  std::vector<double> estimates_;  // parallel to paste_.figures; 0 = none
};

}  // namespace headroom::fit
