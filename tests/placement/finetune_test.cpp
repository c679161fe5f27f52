#include <doctest/doctest.h>

#include "core/memory/finetune.h"
#include "tests/truth/llama_memory.h"

using namespace headroom;

TEST_CASE("training memory: 16 bytes a weight in full, far less with adapters, least with a quantized base") {
  const ModelProfile facts = truth::model_profiles().at("Llama-3.1-8B");
  ModelProfile model = make_model_profile("llama", facts.arch, facts.inventory);
  model.total_params = 8030261248;  // the published count; a file states none
  Format format;
  format.id = format.mix = "Q4_K_M";
  format.family = FormatFamily::gguf;
  const WeightProfile quantized = make_weight_profile(model, format);
  TuneSettings settings;
  settings.method = TuneMethod::full;
  const TuneFootprint full = tune_footprint(model, quantized, settings);
  CHECK(full.weights + full.master + full.gradients + full.optimizer == Bytes(model.total_params) * 16);
  // In pure 16 bit: weights, gradients, two moments and one more value while they are updated.
  settings.precision = TunePrecision::bf16;
  const TuneFootprint halves = tune_footprint(model, quantized, settings);
  CHECK(halves.weights + halves.gradients + halves.optimizer == Bytes(model.total_params) * 10);
  CHECK(halves.master == Bytes(0));
  settings.precision = TunePrecision::mixed;
  settings.method = TuneMethod::lora;
  const TuneFootprint lora = tune_footprint(model, quantized, settings);
  settings.method = TuneMethod::qlora;
  const TuneFootprint qlora = tune_footprint(model, quantized, settings);
  CHECK(lora.total() < Bytes(full.total().value() / 3));
  CHECK(qlora.total() < lora.total());
  // Rank 16 on every projection of this model: 41,943,040 weights.
  CHECK(lora.adapters.value() == 41943040ULL * 4);
  settings.checkpointing = false;
  CHECK(tune_footprint(model, quantized, settings).activations > qlora.activations * 5);
  settings.flash_attention = false;
  CHECK(tune_footprint(model, quantized, settings).activations > qlora.activations * 10);
  settings.sequence = settings.batch = settings.rank = 0xFFFFFFFF;
  CHECK(tune_footprint(model, quantized, settings).total() == Bytes::max());
}

TEST_CASE("devices share weights, gradients and optimizer, and each works on activations of its own") {
  const TuneFootprint all{Bytes(80), Bytes(40), Bytes(9), Bytes(16), Bytes(24), Bytes(7), Bytes(5), Bytes(3)};
  const TuneFootprint share = tune_share(all, 8);
  CHECK(share.weights == Bytes(10));
  CHECK(share.adapters == Bytes(2));  // a part of a byte counts whole
  CHECK(share.activations == all.activations);
  CHECK(share.logits == all.logits);
  CHECK(share.total() == Bytes(10 + 5 + 2 + 2 + 3 + 7 + 5 + 3));
  CHECK(tune_share(all, 1).total() == all.total());
}
