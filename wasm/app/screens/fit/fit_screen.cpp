#include <cmath>

#include "wasm/app/inputs/inputs.h"
#include "wasm/app/screen.h"
#include "wasm/app/screens/fit/own_section.h"
#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/session.h"
#include "wasm/app/widgets/card.h"

namespace headroom {
namespace {

constexpr float kTwoColumnsFrom = 760;

class FitScreen final : public Screen {
 public:
  [[nodiscard]] std::string_view id() const override { return "fit"; }
  [[nodiscard]] int position() const override { return 0; }

  void draw_inputs(ScreenContext& context, Flow& flow) override {
    {
      Card card(context.ui, flow);
      hardware_.draw(context, card.body, Asked::one_model);
    }
    flow.gap(space::kGap);
    {
      Card card(context.ui, flow);
      model_.draw(context, card.body);
    }
    flow.gap(space::kGap);
    {
      Card card(context.ui, flow);
      format_.draw(context, card.body);
    }
    flow.gap(space::kGap);
    {
      Card card(context.ui, flow);
      draw_engine_input(context, card.body);
      card.body.gap(space::kMedium);
      const Result<Answer>& answer = context.session.answer();
      if (!answer.ok() || !hears(context.session.catalog(), answer->scenario.model)) {
        draw_workload_input(context, card.body);
        card.body.gap(space::kMedium);
      }
      draw_parallel_input(context, card.body);
      card.body.gap(space::kMedium);
      draw_mode_input(context, card.body);
    }
    flow.gap(space::kGap);
    options_.draw(context, flow);
  }

  void draw_content(ScreenContext& context, Flow& flow) override {
    const Result<Answer>& result = context.session.answer();
    if (!result.ok()) {
      fit::draw_error(context, flow, result.error());
      return;
    }
    const Answer& answer = *result;
    if (context.ui.narrow() && context.session.recognized()) {
      hardware_.draw_recognized(context, flow);
      flow.gap(space::kSmall);
    }
    fit::draw_verdict(context, flow, answer);
    flow.gap(space::kGap);
    fit::draw_metrics(context, flow, answer);
    flow.gap(space::kGap);
    fit::draw_memory(context, flow, answer);
    flow.gap(space::kGap);
    stack(flow, [&] { fit::draw_curves(context, flow, answer); });
    fit::draw_proof(context, flow, all_measurements_);
    flow.gap(space::kGap);
    draw_tables(context, flow);
    flow.gap(space::kGap);
    fit::draw_questions(context, flow);
    flow.gap(space::kGap);
    fit::draw_tuning(context, flow, answer);
    flow.gap(space::kGap);
    own_.draw(context, flow);
  }

  [[nodiscard]] std::vector<std::string> summary(ScreenContext& context) override {
    return {hardware_summary(context), model_summary(context)};
  }

 private:
  // Formats and commands at the left, workloads and what would help at the right, where there is room for two columns.
  void draw_tables(ScreenContext& context, Flow& flow) {
    const Answer& answer = *context.session.answer();
    if (flow.width < kTwoColumnsFrom) {
      stack(flow, [&] { fit::draw_formats(context, flow, answer, all_formats_); });
      stack(flow, [&] { fit::draw_workloads(context, flow, answer); });
      stack(flow, [&] { fit::draw_upgrades(context, flow, answer); });
      stack(flow, [&] { fit::draw_scaling(context, flow); });
      stack(flow, [&] { fit::draw_commands(context, flow); });
      fit::draw_takeaways(context, flow);
      return;
    }
    // The format table has a column and longer names more.
    constexpr float kLeftShare = 0.545F;
    const float wide = std::round((flow.width - space::kGap) * kLeftShare);
    Flow left{flow.x, flow.y, wide};
    Flow right{flow.x + wide + space::kGap, flow.y, flow.width - wide - space::kGap};
    const auto shorter = [&]() -> Flow& { return left.y < right.y ? left : right; };
    stack(right, [&] { fit::draw_workloads(context, right, answer); });
    stack(right, [&] { fit::draw_upgrades(context, right, answer); });
    stack(left, [&] { fit::draw_formats(context, left, answer, all_formats_); });
    stack(left, [&] { fit::draw_commands(context, left); });
    // The rest goes where there is more room, so that both columns end near each other.
    Flow& third = shorter();
    stack(third, [&] { fit::draw_scaling(context, third); });
    Flow& last = shorter();
    stack(last, [&] { fit::draw_takeaways(context, last); });
    flow.y = std::max(left.y, right.y) - space::kGap;
  }

  // Draws a section, and leaves a gap below it where it drew anything.
  template <class Draw>
  static void stack(Flow& flow, const Draw& draw) {
    const float before = flow.y;
    draw();
    if (flow.y > before) flow.gap(space::kGap);
  }

  HardwareInput hardware_;
  ModelInput model_;
  FormatInput format_;
  OptionsInput options_;
  bool all_formats_ = false, all_measurements_ = false;
  fit::OwnSection own_;
};

}  // namespace

std::unique_ptr<Screen> make_fit_screen();
std::unique_ptr<Screen> make_fit_screen() { return std::make_unique<FitScreen>(); }

}  // namespace headroom
