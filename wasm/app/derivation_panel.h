// Where a figure comes from: the tree of formulas down to sourced facts, in a panel over the page.
#pragma once

#include <string>
#include <string_view>

#include "core/trace.h"
#include "wasm/app/ui.h"

namespace headroom {

class DerivationPanel {
 public:
  // `topic`: the label of the node to begin with; the whole tree when it has none. `name`: what it is the derivation
  // of, where that is not the present scenario.
  void open(std::string_view topic, std::string_view name);
  [[nodiscard]] bool is_open() const { return open_; }
  void draw(Ui& ui, const TraceNode& root);

 private:
  // The inputs of a node, or the roots.
  void draw_nodes(Ui& ui, Flow& flow, const std::vector<TraceNode>& nodes, int depth);
  void draw_node(Ui& ui, Flow& flow, const TraceNode& node, int depth, bool cites);
  bool open_ = false;
  bool opening_ = false;
  std::string topic_, name_;
};

}  // namespace headroom
