#include "core/memory/graph/skeleton.h"

namespace headroom {

Skeleton::Id Skeleton::feed_forward(const LayerTensors& t, Id x) {
  return t.has("ffn_gate_inp.weight") ? experts(t, x) : dense(t, x, false);
}

Skeleton::Id Skeleton::dense(const LayerTensors& t, Id x, bool shared) {
  return dense_down(t, dense_activation(t, x, shared), shared);
}

Skeleton::Id Skeleton::dense_activation(const LayerTensors& t, Id x, bool shared) {
  const bool gated = t.has(shared ? "ffn_gate_shexp.weight" : "ffn_gate.weight");
  const std::uint64_t width = t.width(shared ? "ffn_down_shexp.weight" : "ffn_down.weight");
  const std::uint64_t up_rows = t.rows(shared ? "ffn_up_shexp.weight" : "ffn_up.weight");
  const std::uint64_t size = floats(width);
  Id a = Graph::kNone;
  if (gated) {
    const Id gate = g_.add(size, {x});
    const Id up = g_.add(size, {x});
    a = g_.add(size, {gate, up});
  } else if (up_rows == 2 * width) {
    a = g_.add(size, {g_.add(floats(up_rows), {x})});
  } else {
    Id up = g_.add(size, {x});
    if (t.has(shared ? "ffn_up_shexp.bias" : "ffn_up.bias")) up = g_.add_in_place(size, {up});
    // BERT's plans on devices show room for both; those on the host and of decoders do not.
    const bool apart = model_.arch.topology == Topology::encoder && !step_.host;
    a = apart ? g_.add(size, {up}) : g_.add_in_place(size, {up});
  }
  return a;
}

Skeleton::Id Skeleton::dense_down(const LayerTensors& t, Id activation, bool shared) {
  const Id down = g_.add(e_, {activation});
  return t.has(shared ? "ffn_down_shexp.bias" : "ffn_down.bias") ? g_.add_in_place(e_, {down}) : down;
}

Skeleton::Id Skeleton::experts(const LayerTensors& t, Id x) {
  const Ffn& ffn = group_->ffn;
  const std::uint64_t used = ffn.experts_used;
  const std::uint64_t all = floats(ffn.experts), chosen = floats(used);
  Id probabilities = g_.add(all, {x});
  probabilities = g_.add_in_place(all, {probabilities});
  const Id sorted = g_.add(all, {probabilities});
  Id weights = g_.add(chosen, {probabilities, sorted});
  const Id total = g_.add(floats(1), {weights});
  weights = g_.add_in_place(chosen, {weights, total});
  const std::uint64_t size = floats(used, t.width("ffn_down_exps.weight"));
  Id a = Graph::kNone;
  if (t.has("ffn_up_exps.weight")) {
    const Id up = g_.add(size, {x, sorted});
    if (t.has("ffn_gate_exps.weight")) {
      const Id gate = g_.add(size, {x, sorted});
      a = g_.add(size, {gate, up});
    } else {
      a = g_.add_in_place(size, {up});
    }
  } else {
    a = g_.add(size, {g_.add(floats(used, 2 * t.width("ffn_down_exps.weight")), {x, sorted})});
  }
  const std::uint64_t rows = floats(used, t.rows("ffn_down_exps.weight"));
  Id down = g_.add(rows, {a, sorted});
  down = g_.add_in_place(rows, {down, weights});
  Id out = g_.add(e_, {down});
  if (t.has("ffn_down_shexp.weight")) out = g_.add_in_place(e_, {out, dense(t, x, true)});
  return out;
}

}  // namespace headroom
