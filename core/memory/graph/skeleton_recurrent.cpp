#include "core/memory/element_sizes.h"
#include "core/memory/graph/skeleton.h"

namespace headroom {
// A causal convolution over `width` channels: the window kept from before is fetched, joined with the new tokens, and
// its end stored again.
Skeleton::Id Skeleton::convolve(Id x, std::uint64_t width, std::uint64_t taps) {
  const std::uint64_t window = (Bytes(kFloat) * (taps - 1) * width * step_.sequences).value();
  const Id kept = g_.add(window, {});
  const Id joined = g_.add((Bytes(window) + Bytes(floats(width))).value(), {kept, x});
  g_.consume({joined});
  return g_.add(floats(width), {joined});
}

Skeleton::Id Skeleton::mamba1(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t inner = floats(m.d_inner);
  const Id xz = g_.add(floats(2, m.d_inner), {x});
  Id c = convolve(xz, m.d_inner, m.conv);
  c = g_.add_in_place(inner, {c});
  c = g_.add_in_place(inner, {c});
  const Id parameters = g_.add(floats(t.rows("ssm_x.weight")), {c});
  Id dt = g_.add(inner, {parameters});
  dt = g_.add_in_place(inner, {dt});
  const std::uint64_t state = (Bytes(kFloat) * m.d_state * m.d_inner * step_.sequences).value();
  const Id scanned = g_.add((Bytes(inner) + Bytes(state)).value(), {c, dt, parameters});
  g_.consume({scanned});
  const Id skip = g_.add_in_place(inner, {c});
  const Id y = g_.add_in_place(inner, {skip, scanned});
  const Id z = g_.add(inner, {xz});
  return g_.add(inner, {z, y});
}

Skeleton::Id Skeleton::mamba2(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t inner = floats(m.d_inner);
  const std::uint64_t channels = std::uint64_t{m.d_inner} + 2ULL * m.n_groups * m.d_state;
  const Id zxbcdt = g_.add(floats(t.rows("ssm_in.weight")), {x});
  Id c = convolve(zxbcdt, channels, m.conv);
  c = g_.add_in_place(floats(channels), {c});
  c = g_.add_in_place(floats(channels), {c});
  const Id dt = g_.add(floats(m.ssm_heads), {zxbcdt});
  const std::uint64_t state = (Bytes(kFloat) * m.d_state * m.d_inner * step_.sequences).value();
  const Id others = g_.add(state - state / step_.sequences, {});  // the states of the other sequences are copied
  const Id scanned = g_.add((Bytes(inner) + Bytes(state)).value(), {c, dt, others});
  g_.consume({scanned});
  const Id skip = g_.add(inner, {c});
  Id y = g_.add_in_place(inner, {skip, scanned});
  const Id z = g_.add(inner, {zxbcdt});
  y = g_.add(inner, {z, y});
  return t.has("ssm_norm.weight") ? norm_in_place(y, inner) : y;
}

Skeleton::Id Skeleton::gated_delta(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t values = floats(m.value_heads, m.value_head_dim);
  const std::uint64_t channels = t.rows("attn_qkv.weight");
  const Id qkv = g_.add(floats(channels), {x});
  const Id z = g_.add(values, {x});
  const Id gates = g_.add(floats(2, m.value_heads), {x});
  Id c = convolve(qkv, channels, m.conv);
  c = g_.add_in_place(floats(channels), {c});
  const std::uint64_t keys = floats(m.key_heads, m.key_head_dim);
  const Id q = g_.add(keys, {c});
  const Id k = g_.add(keys, {c});
  const std::uint64_t state =
      (Bytes(kFloat) * m.key_head_dim * m.value_head_dim * m.value_heads * step_.sequences).value();
  const Id kept = g_.add(state, {});
  const Id scanned = g_.add((Bytes(values) + Bytes(state)).value(), {q, k, c, gates, kept});
  g_.consume({scanned});
  Id y = g_.add(values, {scanned});
  y = g_.add_in_place(values, {y});
  return g_.add_in_place(values, {y, z});
}

Skeleton::Id Skeleton::kda(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t width = floats(m.value_heads, m.value_head_dim);
  const std::uint64_t channels = std::uint64_t{m.value_heads} * m.value_head_dim;
  Id qkv[3] = {};
  for (Id& part : qkv) {
    part = convolve(g_.add(width, {x}), channels, m.conv);
    part = g_.add_in_place(width, {part});
  }
  const Id decay = g_.add(width, {g_.add(floats(m.key_head_dim), {x})});
  const Id beta = g_.add(floats(m.value_heads), {x});
  const Id q = g_.add_in_place(width, {qkv[0]});
  const Id k = g_.add_in_place(width, {qkv[1]});
  const std::uint64_t state =
      (Bytes(kFloat) * m.key_head_dim * m.value_head_dim * m.value_heads * step_.sequences).value();
  const Id kept = g_.add(state, {});
  const Id scanned = g_.add((Bytes(width) + Bytes(state)).value(), {q, k, qkv[2], decay, beta, kept});
  g_.consume({scanned});
  const Id gate = g_.add(width, {t.has("ssm_g_a.weight") ? g_.add(floats(m.key_head_dim), {x}) : x});
  Id y = g_.add(width, {scanned});
  y = g_.add_in_place(width, {y});
  return g_.add_in_place(width, {y, gate});
}

Skeleton::Id Skeleton::short_conv(Id x) {
  const Id bcx = g_.add(3 * e_, {x});
  const Id bx = g_.add(e_, {bcx});
  const Id c = convolve(bx, model_.arch.hidden, group_->mixer.conv);
  return g_.add_in_place(e_, {c, bcx});
}

}  // namespace headroom
