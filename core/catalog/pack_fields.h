// The fields of every struct that the pack stores, each listed once for writing and reading (archive.h). A field added
// to a struct is added here, and data/compiler fills it.
#pragma once

#include "core/catalog/archive.h"
#include "core/catalog/calibration_json.h"
#include "core/catalog/catalog.h"

namespace headroom {

template <class Archive>
void fields(Archive& a, QualityRank& r) {
  visit_all(a, r.workload, r.rank, r.score, r.benchmark, r.source, r.date);
}

template <class Archive>
void fields(Archive& a, ModelEntry& m) {
  std::uint64_t idle = m.total_params - m.active_params;  // 0 for most, which the total is not
  visit_all(a, m.id, m.name, m.hf_id, m.family, m.developer, m.license, m.release, m.native_precision, m.kind,
            m.confidence, m.capabilities, m.distribution, m.ollama, m.gguf_supported, m.architecture, m.network,
            m.total_params, idle, m.max_context, m.vocab, m.gguf_arch, m.compressed_cache, m.quality);
  m.active_params = m.total_params - idle;
}

template <class Archive>
void fields(Archive& a, DenseThroughput& t) {
  visit_all(a, t.fp32, t.tf32, t.fp16, t.bf16, t.fp8, t.int8, t.fp4);
}

template <class Archive>
void fields(Archive& a, Link& l) {
  visit_all(a, l.id, l.name, l.per_direction, l.achievable, l.latency, l.max_devices, l.per_server, l.switched);
}

template <class Archive>
void fields(Archive& a, Device& d) {
  visit_all(a, d.id, d.name, d.vendor, d.cls, d.architecture, d.compute_capability, d.memory, d.bandwidth, d.tflops,
            d.unified_memory, d.usable_fraction, d.raised_limit, d.drives_display, d.tdp, d.module, d.launch_year,
            d.peer, d.host_link, d.default_backend, d.backends);
}

template <class Archive>
void fields(Archive& a, Port& p) {
  visit_all(a, p.vendor, p.architectures, p.families, p.formats);
}

template <class Archive>
void fields(Archive& a, DeviceEntry& e) {
  visit_all(a, e.device, e.confidence, e.also_called, e.china_only, e.per_board, e.price_usd, e.price_date,
            e.price_basis, e.rent_usd_hour, e.rent_date);
}

template <class Archive>
void fields(Archive& a, Host& h) {
  visit_all(a, h.id, h.name, h.memory, h.reserved, h.bandwidth, h.achievable, h.fp32);
}

template <class Archive>
void fields(Archive& a, PublishedSize& p) {
  visit_all(a, p.model, p.bytes, p.relative_error, p.without_mtp);
}

template <class Archive>
void fields(Archive& a, CheckpointRule& c) {
  visit_all(a, c.model, c.attention, c.recurrent, c.ffn, c.shared_experts, c.mtp, c.quantizes_head, c.relative_error);
}

template <class Archive>
void fields(Archive& a, MixRatio& r) {
  visit_all(a, r.p5, r.p50, r.p95);
}

template <class Archive>
void fields(Archive& a, Format& f) {
  visit_all(a, f.id, f.name, f.family, f.kernel, f.nominal_bits, f.matrix_bits, f.group, f.group_overhead_bits,
            f.quantizes_head, f.quantizes_embedding, f.quantizes_attention, f.experts_only, f.rest_bits, f.head_bits,
            f.block_rows, f.row_overhead_bits, f.tensor_overhead_bits, f.modelled_error, f.mixed_error, f.checkpoints,
            f.published, f.dense_over_mix, f.experts_over_mix, f.mix, f.released_as, f.short_listed, f.source);
}

template <class Archive>
void fields(Archive& a, BlockType& b) {
  visit_all(a, b.elements, b.bytes);
}

template <class Archive>
void fields(Archive& a, KvType& k) {
  visit_all(a, k.id, k.block, k.fused);
}

template <class Archive>
void fields(Archive& a, ExpertLayout& e) {
  visit_all(a, e.model, e.format, e.backend, e.capability_from, e.capability_below, e.hidden, e.width, e.scale_copies);
}

template <class Archive>
void fields(Archive& a, EncodedItem& i) {
  visit_all(a, i.tower, i.tokens, i.patches, i.fills_context);
}

template <class Archive>
void fields(Archive& a, DeviceNeed& n) {
  visit_all(a, n.models, n.released_in, n.backend, n.format, n.of_family, n.family, n.capability, n.outdated,
            n.architectures);
}

template <class Archive>
void fields(Archive& a, Engine& e) {
  visit_all(a, e.id, e.name, e.cache, e.reserve, e.cache_pad, e.block_tokens, e.memory_fraction, e.default_batch,
            e.default_ubatch, e.default_parallel, e.default_unified_kv, e.default_flash_attention, e.fused_heads,
            e.latent_scores, e.embedding_on_host, e.layer_split, e.tensor_parallel, e.pipeline_parallel,
            e.expert_parallel, e.host_offload, e.expert_offload, e.draft_models, e.mtp, e.adapters, e.adapts_all,
            e.copy_holds, e.copy_per_device, e.context_parallel, e.shards_towers, e.extra_layers, e.fit_margin,
            e.context_bytes, e.context_per_unit, e.driver_reserve, e.graph_bytes, e.in_flight, e.communicator_bytes,
            e.conv_state_bytes, e.state_bytes, e.state_share, e.sliding_share, e.state_slots, e.sliding_architectures,
            e.state_pages, e.prints_pooled_tokens, e.profile_sequences, e.profile_sequences_large, e.large_device,
            e.small_by_name, e.default_batch_small, e.ports, e.expert_layouts, e.encoded_items, e.needs,
            e.sampler_bytes_per_logit, e.backends, e.formats, e.kv_types, e.default_kv, e.compressed_kv,
            e.default_format, e.source);
}

template <class Archive>
void fields(Archive& a, Workload& w) {
  visit_all(a, w.id, w.prompt, w.output, w.cached_prefix);
}

template <class Archive>
void fields(Archive& a, WorkloadTargets& t) {
  visit_all(a, t.ttft_good_s, t.ttft_poor_s, t.decode_good_tok_s, t.decode_poor_tok_s, t.context_wanted);
}

template <class Archive>
void fields(Archive& a, ScoreWeights& w) {
  visit_all(a, w.fit, w.speed, w.quality, w.context, w.efficiency);
}

template <class Archive>
void fields(Archive& a, WorkloadEntry& w) {
  visit_all(a, w.workload, w.targets);
}

template <class Archive>
void fields(Archive& a, ModeEntry& m) {
  visit_all(a, m.id, m.mode, m.weights);
}

// The file gives log factors with four decimals, of either sign: ten-thousandths, the sign in the lowest bit.
template <class Archive>
void fields(Archive& a, FactorRow& f) {
  constexpr double kScale = 10000;
  auto magnitude = static_cast<std::uint64_t>(std::llround(std::abs(f.log_factor) * kScale));
  std::uint64_t code = magnitude * 2 + (f.log_factor < 0 ? 1 : 0);
  visit_all(a, f.slot, f.level, f.name, code, f.rows);
  magnitude = code / 2;
  f.log_factor = static_cast<double>(magnitude) / kScale * (code % 2 == 0 ? 1 : -1);
}

template <class Archive>
void fields(Archive& a, RangeRow& r) {
  visit_all(a, r.cls, r.known, r.group, r.range.p10, r.range.p90, r.range.rows);
}

}  // namespace headroom
