// What Gemma 3n and 4 add: embeddings of each layer, and the residual as several streams (AltUp) beside a narrow side
// way (Laurel).
#include "core/memory/element_sizes.h"
#include "core/memory/graph/skeleton.h"

namespace headroom {

// Gemma's embeddings of each layer: looked up for all layers at once, added to a projection of the token's embedding,
// and turned so that a layer's stand together.
void Skeleton::per_layer_inputs(Id embedding) {
  if (model_.arch.per_layer_embedding_dim == 0) return;
  const std::uint64_t size = floats(model_.arch.per_layer_embedding_dim, model_.layer_count());
  looked_up_ = g_.add(size, {});
  Id sum = g_.add(size, {embedding});
  sum = g_.add_in_place(size, {norm_in_place(sum, size), looked_up_});
  per_layer_ = g_.add(size, {sum});
}

// A layer's own embedding gates a narrow projection of what the layer made, which is added to that.
Skeleton::Id Skeleton::add_per_layer_input(Id x) { return g_.add_in_place(e_, {x, per_layer_product(x)}); }

Skeleton::Id Skeleton::per_layer_product(Id x) {
  const std::uint64_t size = floats(model_.arch.per_layer_embedding_dim);
  Id gate = g_.add_in_place(size, {g_.add(size, {x})});
  if (per_layer_ == Graph::kNone) {
    if (!step_.host) later_stream_inputs();
    per_layer_inputs(embedding_);
  }
  gate = g_.add_in_place(size, {gate, per_layer_});
  return norm_in_place(g_.add(e_, {gate}), e_);
}

// With streams the embeddings of each layer are first asked for within the first layer. Their look-up is on the host,
// so that the device has begun without them, with the scaled embedding and what the first layer attends with.
void Skeleton::first_stream_inputs() {
  embedding_ = g_.add(e_, {});
  if (step_.window_cells != 0) {
    window_ = cache_inputs(step_.window_cells, step_.window_rotation);
  } else {
    full_ = cache_inputs(step_.full_cells, step_.rotation);
  }
}

void Skeleton::later_stream_inputs() {
  if (step_.window_cells != 0) full_ = cache_inputs(step_.full_cells, step_.rotation);
  out_ids_ = g_.add(kIndex * step_.logits, {});
}

// Length of each of `rows` hidden rows per token: their squares are a tensor of their own.
Skeleton::Id Skeleton::magnitude(Id x, std::uint64_t rows) {
  return g_.add(floats(rows), {g_.add(floats(rows, model_.arch.hidden), {x})});
}

// A projection onto all streams but one, made as long as what it stands beside.
Skeleton::Id Skeleton::other_streams(Id projected, Id length) {
  const std::uint64_t rows = traits_.residual_streams - 1, size = floats(rows, model_.arch.hidden);
  const Id own_length = magnitude(projected, rows);
  return g_.add_in_place(size, {g_.add_in_place(size, {projected, length}), own_length});
}

// The further streams are projections of the embedding, as long as it is.
Skeleton::Id Skeleton::open_streams(Id x) {
  const std::uint64_t others = floats(traits_.residual_streams - 1, model_.arch.hidden);
  const Id length = magnitude(x, 1);
  const Id added = other_streams(g_.add(others, {g_.add(others, {x})}), length);
  return g_.add(floats(traits_.residual_streams, model_.arch.hidden), {x, added});
}

// What mixes the streams: a few coefficients per token.
Skeleton::Id Skeleton::router(Id x) {
  const std::uint64_t size = floats(traits_.residual_streams);
  return g_.add_in_place(size, {g_.add(size, {norm(x, false, e_)})});
}

Skeleton::Id Skeleton::stream_layer(const LayerTensors& t, Id streams) {
  const std::uint64_t all = floats(traits_.residual_streams, model_.arch.hidden);
  const std::uint64_t square = floats(traits_.residual_streams, traits_.residual_streams);
  const Id coefficients = g_.add(square, {router(streams)});
  const Id turned = g_.add(all, {streams});
  Id predicted = g_.add(all, {g_.add(all, {turned, coefficients})});
  predicted = g_.add_in_place(all, {predicted, streams});

  const Id x = norm(predicted, false, e_);
  Id laurel = g_.add(e_, {g_.add(floats(t.rows("laurel_l.weight")), {x})});
  laurel = g_.add_in_place(e_, {norm_in_place(laurel, e_), x});
  Id o = norm_in_place(project(t, mix(t, x)), e_);
  o = g_.add_in_place(e_, {o, predicted});
  const Id attended = g_.add_in_place(e_, {o, laurel});
  Id d = norm_in_place(feed_forward(t, norm(attended, false, e_)), e_);
  d = g_.add_in_place(e_, {d, attended});

  const Id correction = g_.add(floats(traits_.residual_streams), {router(d)});
  const Id innovation = g_.add_in_place(e_, {d, predicted});
  Id corrected = g_.add_in_place(all, {g_.add(all, {innovation}), correction});
  corrected = g_.add_in_place(all, {corrected, predicted});
  const Id own = per_layer_product(g_.add(e_, {corrected}));
  return g_.add(all, {corrected, g_.add(floats(traits_.residual_streams - 1, model_.arch.hidden), {corrected, own})});
}

Skeleton::Id Skeleton::merge_streams(Id streams) {
  const Id length = magnitude(streams, 1);
  const Id projected =
      other_streams(g_.add(floats(traits_.residual_streams - 1, model_.arch.hidden), {streams}), length);
  Id sum = g_.add(e_, {streams, projected});
  for (std::uint32_t i = 2; i < traits_.residual_streams; ++i) sum = g_.add_in_place(e_, {sum, projected});
  return pick_rows(sum, true);
}

}  // namespace headroom
