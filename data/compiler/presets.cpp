// Links, hosts, formats, engines, workloads and modes.
#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>

#include "core/catalog/json_fields.h"
#include "core/catalog/names.h"
#include "core/catalog/rank_table.h"
#include "core/si.h"
#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();

constexpr std::array<Named<CopyHolds>, 2> kCopyHolds{{{CopyHolds::attention, "attention"}, {CopyHolds::all, "all"}}};
constexpr std::array<Named<ExtraLayers>, 3> kExtraLayers{
    {{ExtraLayers::last, "last"}, {ExtraLayers::before_last, "before_last"}, {ExtraLayers::first, "first"}}};
constexpr std::array<Named<CachePolicy>, 4> kCachePolicies{{{CachePolicy::cells, "cells"},
                                                            {CachePolicy::blocks, "blocks"},
                                                            {CachePolicy::pages, "pages"},
                                                            {CachePolicy::growing_array, "growing_array"}}};
constexpr std::array<Named<ReservePolicy>, 4> kReservePolicies{{{ReservePolicy::needed, "needed"},
                                                                {ReservePolicy::fraction_total, "fraction_total"},
                                                                {ReservePolicy::fraction_static, "fraction_static"},
                                                                {ReservePolicy::fraction_free, "fraction_free"}}};
constexpr std::array<Named<KernelClass>, 17> kKernelClasses{{{KernelClass::f32, "f32"},
                                                             {KernelClass::f16, "f16"},
                                                             {KernelClass::bits8, "bits8"},
                                                             {KernelClass::bits6, "bits6"},
                                                             {KernelClass::bits5, "bits5"},
                                                             {KernelClass::bits4, "bits4"},
                                                             {KernelClass::iq4, "iq4"},
                                                             {KernelClass::bits3, "bits3"},
                                                             {KernelClass::bits2, "bits2"},
                                                             {KernelClass::iq_low, "iq_low"},
                                                             {KernelClass::fp8, "fp8"},
                                                             {KernelClass::int8, "int8"},
                                                             {KernelClass::int4_marlin, "int4_marlin"},
                                                             {KernelClass::fp4, "fp4"},
                                                             {KernelClass::mlx4, "mlx4"},
                                                             {KernelClass::mlx8, "mlx8"},
                                                             {KernelClass::exl, "exl"}}};
constexpr std::array<Named<Mode>, 4> kModes{{{Mode::balanced, "balanced"},
                                             {Mode::interactive, "interactive"},
                                             {Mode::light_api, "light_api"},
                                             {Mode::scale_out, "scale_out"}}};

// A row under reading; at the end its first error becomes a problem.
class RowReader {
 public:
  RowReader(const Row& row, Problems& problems) : fields_(row.json, row.where), problems_(problems) {}
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;
  ~RowReader() {
    if (fields_.failed()) problems_.add("data", fields_.error()->message);
  }

  void set(const char* name, std::string& value) { value = fields_.text(name).value_or(value); }
  void set(const char* name, std::uint32_t& value) { value = fields_.count(name, 0, kMost).value_or(value); }
  void set(const char* name, bool& value) { value = fields_.boolean(name).value_or(value); }
  void set(const char* name, double& value) { value = fields_.number(name, 0, 1e12).value_or(value); }
  template <class Enum, std::size_t N>
  void set(const char* name, const std::array<Named<Enum>, N>& names, Enum& value) {
    const auto text = fields_.text(name);
    if (!text) return;
    const auto found = value_of(names, *text);
    if (found)
      value = *found;
    else
      fields_.reject(name, "one of the known names");
  }
  void set_mib(const char* name, Bytes& value) {
    const auto mib = fields_.number(name, 0, 1e9);
    if (mib) value = Bytes::from_double(*mib * static_cast<double>(mebibytes(1).value()));
  }
  void need(const char* name) {
    if (fields_.any(name) == nullptr) fields_.reject(name, "a value");
  }
  JsonFields& fields() { return fields_; }

 private:
  JsonFields fields_;
  Problems& problems_;
};

// {"cuda": 450}: MiB per backend.
void set_per_backend(RowReader& row, const char* name,
                     std::array<Bytes, static_cast<std::size_t>(Backend::count)>& to) {
  const json* value = row.fields().any(name);
  if (value == nullptr) return;
  JsonFields by_backend(*value, row.fields().path_of(name));
  for (const Named<Backend>& backend : kBackendNames) {
    const auto mib = by_backend.number(backend.name, 0, 1e6);
    if (mib)
      to[static_cast<std::size_t>(backend.value)] =
          Bytes::from_double(*mib * static_cast<double>(mebibytes(1).value()));
  }
  if (by_backend.failed()) row.fields().fail(*by_backend.error());
}

void read_published(RowReader& row, Format& format) {
  constexpr std::size_t kMostFiles = 4096;
  constexpr std::uint64_t kMostBytes = 1ULL << 45U;
  const json* files = row.fields().array("published", kMostFiles);
  if (files == nullptr) return;
  for (const json& file : *files) {
    JsonFields fields(file, row.fields().path_of("published"));
    PublishedSize size;
    size.model = fields.text("model").value_or("");
    size.bytes = Bytes(fields.whole("bytes", 1, kMostBytes).value_or(0));
    size.relative_error = fields.number("relative_error", 0, 1).value_or(0);
    size.without_mtp = fields.boolean("without_mtp").value_or(false);
    if (fields.failed()) row.fields().fail(*fields.error());
    format.published.push_back(std::move(size));
  }
  std::sort(format.published.begin(), format.published.end(),
            [](const PublishedSize& a, const PublishedSize& b) { return a.model < b.model; });
}

// Fields of an entry of a row that nobody asked for.
void refuse_unknown(const JsonFields& fields, RowReader& row) {
  std::vector<std::string> unknown;
  fields.list_unknown(unknown);
  if (!unknown.empty()) row.fields().fail({ErrorCode::bad_value, unknown.front() + " is not a field"});
}

void read_checkpoints(RowReader& row, Format& format) {
  constexpr std::size_t kMostEntries = 256;
  constexpr double kMostBits = 32;
  const json* entries = row.fields().array("checkpoints", kMostEntries);
  if (entries == nullptr) return;
  for (const json& entry : *entries) {
    JsonFields fields(entry, row.fields().path_of("checkpoints"));
    CheckpointRule rule;
    rule.attention = fields.number("attention_bits", 0, kMostBits).value_or(0);
    rule.recurrent = fields.number("recurrent_bits", 0, kMostBits).value_or(0);
    rule.ffn = fields.number("ffn_bits", 0, kMostBits).value_or(0);
    rule.shared_experts = fields.number("shared_experts_bits", 0, kMostBits).value_or(0);
    rule.mtp = fields.number("mtp_bits", 0, kMostBits).value_or(0);
    rule.quantizes_head = fields.boolean("quantizes_head").value_or(false);
    rule.relative_error = fields.number("relative_error", 0, 1).value_or(0);
    if (!fields.text("source")) fields.reject("source", "where the checkpoint was described");
    const json* named = fields.array("models", kMostEntries);
    std::vector<std::string> models = named != nullptr ? texts_of(named) : std::vector<std::string>(1);
    if (fields.failed()) row.fields().fail(*fields.error());
    refuse_unknown(fields, row);
    for (std::string& model : models) {
      rule.model = std::move(model);
      format.checkpoints.push_back(rule);
    }
  }
}

void read_texts(RowReader& row, const char* field, std::vector<std::string>& into) {
  const json* texts = row.fields().array(field, 64);
  if (texts == nullptr) return;
  for (const json& entry : *texts) {
    if (const auto* text = entry.get_ptr<const std::string*>()) into.push_back(*text);
  }
}

void read_counts(RowReader& row, const char* field, std::vector<std::uint32_t>& into) {
  const json* counts = row.fields().array(field, 64);
  if (counts == nullptr) return;
  for (const json& entry : *counts) {
    if (entry.is_number_unsigned()) into.push_back(entry.get<std::uint32_t>());
  }
}

void read_ports(RowReader& row, Engine& engine) {
  const json* ports = row.fields().array("ports", 64);
  if (ports == nullptr) return;
  for (const json& entry : *ports) {
    JsonFields fields(entry, row.fields().path_of("ports"));
    Port port;
    port.vendor = fields.text("vendor").value_or("");
    const std::string by = fields.text("by").value_or("");
    if (port.vendor.empty() || by.empty()) row.fields().reject("ports", "{vendor, by: what runs there}");
    port.architectures = texts_of(fields.array("architectures", 64));
    port.formats = texts_of(fields.array("formats", 64));
    for (const std::string& name : texts_of(fields.array("families", 64))) {
      const auto family = value_of(kFormatFamilyNames, name);
      if (!family) fields.reject("families", "names of families of formats");
      port.families.push_back(family.value_or(FormatFamily::plain));
    }
    const bool limited = !port.families.empty() || !port.formats.empty();
    if (limited && !fields.text("source")) fields.reject("source", "where it was read what the port runs");
    if (fields.failed()) row.fields().fail(*fields.error());
    engine.ports.push_back(std::move(port));
  }
}

void read_expert_layouts(RowReader& row, Engine& engine) {
  constexpr std::uint32_t kWidest = 4096;
  const json* layouts = row.fields().array("expert_layouts", 64);
  if (layouts == nullptr) return;
  for (const json& entry : *layouts) {
    JsonFields fields(entry, row.fields().path_of("expert_layouts"));
    ExpertLayout layout;
    layout.model = fields.text("model").value_or("");
    if (layout.model.empty()) fields.reject("model", "the gguf_arch of the models it is about");
    layout.format = fields.text("format").value_or("");
    const auto backend = value_of(kBackendNames, fields.text("backend").value_or(""));
    if (!backend) fields.reject("backend", "the name of a backend");
    layout.backend = backend.value_or(Backend::cuda);
    layout.capability_from = fields.number("capability_from", 0, 1e9).value_or(layout.capability_from);
    layout.capability_below = fields.number("capability_below", 0, 1e9).value_or(layout.capability_below);
    layout.hidden = fields.count("hidden", 1, kWidest).value_or(1);
    layout.width = fields.count("width", 1, kWidest).value_or(1);
    layout.scale_copies = fields.count("scale_copies", 1, 4).value_or(1);
    if (!fields.text("source")) fields.reject("source", "where the rule was read");
    if (fields.failed()) row.fields().fail(*fields.error());
    engine.expert_layouts.push_back(std::move(layout));
  }
}

void read_encoded_items(RowReader& row, Engine& engine) {
  constexpr std::uint32_t kMostTokens = 1U << 24U;
  const json* items = row.fields().array("encoded_items", 64);
  if (items == nullptr) return;
  for (const json& entry : *items) {
    JsonFields fields(entry, row.fields().path_of("encoded_items"));
    EncodedItem item;
    item.tower = fields.text("tower").value_or("");
    if (item.tower.empty()) fields.reject("tower", "the type of a vision tower");
    item.tokens = fields.count("tokens", 1, kMostTokens).value_or(1);
    item.patches = fields.count("patches", 1, kMostTokens).value_or(1);
    item.fills_context = fields.boolean("fills_context").value_or(false);
    // Of its towers; check_towers() holds the models' facts against them.
    (void)fields.count("image", 1, kMostTokens);
    if (!fields.count("patch", 1, kMostTokens)) fields.reject("patch", "the edge of a patch in pixels");
    if (!fields.text("source")) fields.reject("source", "where the size was read");
    if (fields.failed()) row.fields().fail(*fields.error());
    refuse_unknown(fields, row);
    engine.encoded_items.push_back(std::move(item));
  }
}

void read_needs(RowReader& row, Engine& engine) {
  const json* needs = row.fields().array("needs", 64);
  if (needs == nullptr) return;
  for (const json& entry : *needs) {
    JsonFields fields(entry, row.fields().path_of("needs"));
    DeviceNeed need;
    const auto backend = value_of(kBackendNames, fields.text("backend").value_or(""));
    if (!backend) fields.reject("backend", "the name of a backend");
    need.backend = backend.value_or(Backend::cuda);
    need.format = fields.text("format").value_or("");
    if (const auto family = fields.text("family")) {
      const auto known = value_of(kFormatFamilyNames, *family);
      if (!known) fields.reject("family", "the name of a family of formats");
      need.of_family = true;
      need.family = known.value_or(FormatFamily::plain);
    }
    need.capability = fields.number("capability", 0, 1e3).value_or(0);
    need.architectures = texts_of(fields.array("architectures", 64));
    need.models = texts_of(fields.array("models", 64));
    need.released_in = fields.text("released_in").value_or("");
    if (const json* boards = fields.array("outdated", 64)) {
      for (const json& board : *boards) {
        if (board.is_number()) need.outdated.push_back(board.get<double>());
      }
    }
    if (!fields.text("source")) fields.reject("source", "where the need was read");
    if (fields.failed()) row.fields().fail(*fields.error());
    engine.needs.push_back(std::move(need));
  }
}

std::string joined_sources(RowReader& row) {
  std::string text;
  const json* sources = row.fields().array("sources", 64);
  if (sources == nullptr) return text;
  for (const json& source : *sources) {
    if (!source.is_string()) continue;
    if (!text.empty()) text += "; ";
    text += source.get<std::string>();
  }
  return text;
}

}  // namespace

std::vector<Link> read_links(const std::vector<Row>& rows, Problems& problems) {
  std::vector<Link> links;
  for (const Row& fact : rows) {
    RowReader row(fact, problems);
    Link link;
    double gbs = 0, latency_us = 0;
    row.set("id", link.id);
    row.set("name", link.name);
    row.set("gbs_per_direction", gbs);
    row.set("latency_us", latency_us);
    row.set("achievable_fraction", link.achievable);
    row.set("max_devices", link.max_devices);
    row.set("switched", link.switched);
    link.per_direction = BytesPerSecond(gbs * kGiga);
    link.latency = Seconds(latency_us * kMicro);
    links.push_back(std::move(link));
  }
  return links;
}

std::vector<Host> read_hosts(const std::vector<Row>& rows, Problems& problems) {
  std::vector<Host> hosts;
  for (const Row& fact : rows) {
    RowReader row(fact, problems);
    Host host;
    double gbs = 0;
    row.set("id", host.id);
    host.name = host.id;
    row.set("name", host.name);
    row.set("gbs_peak", gbs);
    row.set("achievable_fraction", host.achievable);
    host.bandwidth = BytesPerSecond(gbs * kGiga);
    hosts.push_back(std::move(host));
  }
  return hosts;
}

std::vector<Format> read_formats(const std::vector<Row>& rows, Problems& problems) {
  std::vector<Format> formats;
  for (const Row& fact : rows) {
    RowReader row(fact, problems);
    Format format;
    row.set("id", format.id);
    format.name = format.id;
    row.set("name", format.name);
    row.set("family", kFormatFamilyNames, format.family);
    row.set("kernel", kKernelClasses, format.kernel);
    row.set("nominal_bits", format.nominal_bits);
    row.set("matrix_bits", format.matrix_bits);
    row.set("group", format.group);
    row.set("group_overhead_bits", format.group_overhead_bits);
    row.set("quantizes_head", format.quantizes_head);
    row.set("quantizes_embedding", format.quantizes_embedding);
    row.set("quantizes_attention", format.quantizes_attention);
    row.set("experts_only", format.experts_only);
    row.set("rest_bits", format.rest_bits);
    row.set("head_bits", format.head_bits);
    row.set("block_rows", format.block_rows);
    row.set("row_overhead_bits", format.row_overhead_bits);
    row.set("tensor_overhead_bits", format.tensor_overhead_bits);
    row.set("modelled_error", format.modelled_error);
    row.set("mixed_error", format.mixed_error);
    read_checkpoints(row, format);
    read_published(row, format);
    row.set("mix", format.mix);
    row.set("released_as", format.released_as);
    row.set("short_listed", format.short_listed);
    row.set("source", format.source);
    for (const char* needed : {"id", "family", "kernel", "nominal_bits", "source"}) row.need(needed);
    formats.push_back(std::move(format));
  }
  const auto short_listed =
      std::count_if(formats.begin(), formats.end(), [](const Format& format) { return format.short_listed; });
  if (static_cast<std::size_t>(short_listed) > RankTable::kMostVariants) {
    problems.add(rows.front().where, std::to_string(short_listed) +
                                         " formats are short_listed; a ranking has room for " +
                                         std::to_string(RankTable::kMostVariants));
  }
  return formats;
}

std::vector<Engine> read_engines(const std::vector<Row>& rows, Problems& problems) {
  std::vector<Engine> engines;
  for (const Row& fact : rows) {
    RowReader row(fact, problems);
    Engine engine;
    row.set("id", engine.id);
    row.set("name", engine.name);
    row.set("cache", kCachePolicies, engine.cache);
    row.set("reserve", kReservePolicies, engine.reserve);
    row.set("cache_pad", engine.cache_pad);
    row.set("block_tokens", engine.block_tokens);
    row.set("memory_fraction", engine.memory_fraction);
    row.set("default_batch", engine.default_batch);
    row.set("default_ubatch", engine.default_ubatch);
    row.set("default_parallel", engine.default_parallel);
    row.set("default_unified_kv", engine.default_unified_kv);
    row.set("default_flash_attention", engine.default_flash_attention);
    read_counts(row, "fused_heads", engine.fused_heads);
    row.set("latent_scores", engine.latent_scores);
    row.set("embedding_on_host", engine.embedding_on_host);
    row.set("layer_split", engine.layer_split);
    row.set("tensor_parallel", engine.tensor_parallel);
    row.set("pipeline_parallel", engine.pipeline_parallel);
    row.set("expert_parallel", engine.expert_parallel);
    row.set("host_offload", engine.host_offload);
    row.set("expert_offload", engine.expert_offload);
    row.set("draft_models", engine.draft_models);
    row.set("mtp", engine.mtp);
    row.set("adapters", engine.adapters);
    row.set("adapts_all", engine.adapts_all);
    row.set("data_parallel", kCopyHolds, engine.copy_holds);
    row.set("copy_per_device", engine.copy_per_device);
    row.set("context_parallel", engine.context_parallel);
    row.set("shards_towers", engine.shards_towers);
    row.set("extra_layers", kExtraLayers, engine.extra_layers);
    row.set_mib("fit_margin_mib", engine.fit_margin);
    set_per_backend(row, "context_mib", engine.context_bytes);
    set_per_backend(row, "context_mib_per_unit", engine.context_per_unit);
    set_per_backend(row, "driver_reserve_mib", engine.driver_reserve);
    row.set_mib("graph_mib", engine.graph_bytes);
    row.set_mib("in_flight_mib", engine.in_flight);
    row.set_mib("communicator_mib", engine.communicator_bytes);
    row.set("conv_state_bytes", engine.conv_state_bytes);
    row.set("state_bytes", engine.state_bytes);
    row.set("state_share", engine.state_share);
    row.set("state_slots", engine.state_slots);
    row.set("sliding_share", engine.sliding_share);
    read_texts(row, "sliding_architectures", engine.sliding_architectures);
    row.set("state_pages", engine.state_pages);
    row.set("prints_pooled_tokens", engine.prints_pooled_tokens);
    row.set("profile_sequences", engine.profile_sequences);
    row.set("profile_sequences_large", engine.profile_sequences_large);
    row.set_mib("large_device_mib", engine.large_device);
    row.set("default_batch_small", engine.default_batch_small);
    read_texts(row, "small_by_name", engine.small_by_name);
    read_ports(row, engine);
    read_expert_layouts(row, engine);
    read_encoded_items(row, engine);
    read_needs(row, engine);
    row.set("sampler_bytes_per_logit", engine.sampler_bytes_per_logit);
    row.set("default_kv", engine.default_kv);
    row.set("compressed_kv", engine.compressed_kv);
    row.set("default_format", engine.default_format);
    engine.source = joined_sources(row);
    if (const json* backends = row.fields().array("backends", kBackendNames.size())) {
      for (const json& name : *backends) {
        const auto backend = name.is_string() ? value_of(kBackendNames, name.get<std::string>()) : std::nullopt;
        if (backend)
          engine.backends[static_cast<std::size_t>(*backend)] = true;
        else
          row.fields().reject("backends", "names of backends");
      }
    }
    if (const json* formats = row.fields().array("formats", kFormatFamilyNames.size())) {
      for (const json& name : *formats) {
        const auto family = name.is_string() ? value_of(kFormatFamilyNames, name.get<std::string>()) : std::nullopt;
        if (family)
          engine.formats.push_back(*family);
        else
          row.fields().reject("formats", "names of format families");
      }
    }
    if (const json* types = row.fields().array("kv_types", 64)) {
      for (const json& type : *types) {
        JsonFields fields(type, row.fields().path_of("kv_types"));
        KvType kv;
        kv.id = fields.text("id").value_or("");
        kv.block.elements = fields.count("elements", 1, 1024).value_or(1);
        kv.block.bytes = fields.count("bytes", 1, 4096).value_or(1);
        kv.fused = fields.boolean("fused").value_or(true);
        if (fields.failed()) row.fields().fail(*fields.error());
        engine.kv_types.push_back(std::move(kv));
      }
    }
    for (const char* needed : {"name", "backends", "formats", "kv_types", "default_kv", "version_date", "sources"}) {
      row.need(needed);
    }
    engines.push_back(std::move(engine));
  }
  return engines;
}

std::vector<WorkloadEntry> read_workloads(const std::vector<Row>& rows, Problems& problems) {
  std::vector<WorkloadEntry> workloads;
  for (const Row& fact : rows) {
    RowReader row(fact, problems);
    WorkloadEntry entry;
    row.set("id", entry.workload.id);
    row.set("prompt", entry.workload.prompt);
    row.set("output", entry.workload.output);
    row.set("cached_prefix", entry.workload.cached_prefix);
    row.set("ttft_good_s", entry.targets.ttft_good_s);
    row.set("ttft_poor_s", entry.targets.ttft_poor_s);
    row.set("decode_good_tok_s", entry.targets.decode_good_tok_s);
    row.set("decode_poor_tok_s", entry.targets.decode_poor_tok_s);
    row.set("context_wanted", entry.targets.context_wanted);
    for (const char* needed : {"prompt", "output", "cached_prefix", "basis", "sources", "quality"}) row.need(needed);
    workloads.push_back(std::move(entry));
  }
  return workloads;
}

std::vector<ModeEntry> read_modes(const std::vector<Row>& rows, Problems& problems) {
  std::vector<ModeEntry> modes;
  for (const Row& fact : rows) {
    RowReader row(fact, problems);
    ModeEntry entry;
    row.set("id", entry.id);
    row.set("id", kModes, entry.mode);
    row.set("weight_fit", entry.weights.fit);
    row.set("weight_speed", entry.weights.speed);
    row.set("weight_quality", entry.weights.quality);
    row.set("weight_context", entry.weights.context);
    row.set("weight_efficiency", entry.weights.efficiency);
    row.need("basis");
    modes.push_back(std::move(entry));
  }
  return modes;
}

}  // namespace headroom::facts
