// The parts of the Fit screen, in the order they stand on it.
#pragma once

#include "wasm/app/screen.h"
#include "wasm/app/session.h"

namespace headroom::fit {

void draw_verdict(ScreenContext& context, Flow& flow, const Answer& answer);
void draw_error(ScreenContext& context, Flow& flow, const Error& error);
void draw_metrics(ScreenContext& context, Flow& flow, const Answer& answer);
void draw_memory(ScreenContext& context, Flow& flow, const Answer& answer);
void draw_curves(ScreenContext& context, Flow& flow, const Answer& answer);
// The roofline, and the public measurements nearest to the scenario.
void draw_proof(ScreenContext& context, Flow& flow, bool& all_rows);
// What a format keeps, and what that does to the perplexity where it was measured.
[[nodiscard]] std::string quality_text(const Ui& ui, const FormatQuality& quality);
void draw_formats(ScreenContext& context, Flow& flow, const Answer& answer, bool& all_rows);
void draw_workloads(ScreenContext& context, Flow& flow, const Answer& answer);
// The same device once, twice and more often: nothing where it cannot be.
void draw_scaling(ScreenContext& context, Flow& flow);
void draw_upgrades(ScreenContext& context, Flow& flow, const Answer& answer);
void draw_commands(ScreenContext& context, Flow& flow);
// Memory of training the model further.
void draw_tuning(ScreenContext& context, Flow& flow, const Answer& answer);
void draw_questions(ScreenContext& context, Flow& flow);
// The answer as JSON, CSV or Markdown, and the page as an embed.
void draw_takeaways(ScreenContext& context, Flow& flow);

}  // namespace headroom::fit
