#include "core/model/network.h"

#include <algorithm>
#include <tuple>

namespace headroom {
namespace {

bool same_mixer(const Mixer& a, const Mixer& b) {
  Mixer named_alike = a;
  named_alike.name = b.name;
  return named_alike == b;
}

bool same_layer(const Layer& a, const Layer& b) {
  return a.mixer == b.mixer && a.ffn == b.ffn && a.shares_kv == b.shares_kv;
}

}  // namespace

bool same_network(const Architecture& a, const Architecture& b) {
  const auto rest = [](const Architecture& of) {
    return std::tuple(of.text_params, of.text_active_params, of.stated_params, of.hidden, of.vocab, of.topology,
                      of.tied_embeddings, of.no_lm_head, of.lm_head_bias, of.norm, of.norms_per_layer, of.final_norm,
                      of.embedding_norm, of.embedding_dim, of.position_rows, of.token_type_rows,
                      of.per_layer_embedding_dim, of.encoder_layers, of.encoder_positions);
  };
  return a.gguf_arch == b.gguf_arch && rest(a) == rest(b) && a.ffns == b.ffns &&
         std::equal(a.mixers.begin(), a.mixers.end(), b.mixers.begin(), b.mixers.end(), same_mixer) &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(), same_layer);
}

}  // namespace headroom
