// One model opened: its layers as a strip, what they keep in memory, its size in each format, its memory by context.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "wasm/app/screen.h"
#include "wasm/app/session.h"

namespace headroom::models {

class ModelDetail {
 public:
  // In `format`, or the engine's default where that is null. `open_in_fit` becomes true when its button was clicked.
  void draw(ScreenContext& context, Flow& flow, std::size_t model, const Format* format, bool& open_in_fit);

 private:
  struct ContextRow {
    std::uint32_t tokens = 0;
    Estimate estimate;
  };
  void look_up(Session& session, std::size_t model, const Format* format);
  void draw_strip(ScreenContext& context, Flow& body) const;
  void draw_sizes(ScreenContext& context, Flow& body) const;
  void draw_contexts(ScreenContext& context, Flow& body) const;
  [[nodiscard]] std::string sentence(const Ui& ui) const;

  std::uint64_t revision_ = 0;
  std::size_t model_ = 0;
  const Format* format_ = nullptr;
  std::shared_ptr<const ModelProfile> profile_;
  std::vector<FormatRow> formats_;
  std::vector<ContextRow> contexts_;
  std::optional<Error> error_;
};

}  // namespace headroom::models
