#include <algorithm>

#include "core/placement/largest.h"
#include "core/placement/planner.h"

namespace headroom {
namespace {

constexpr std::uint32_t kShortestContext = 256;
constexpr std::uint32_t kUnbounded = 1000000000;  // as for the engines whose pool says how many it serves
// Bytes free where nothing takes any: more than any memory, and finite, so that one can go on to compute with it.
constexpr double kBoundless = 1e30;

}  // namespace

Bytes Planner::taken(std::size_t device) const {
  const DeviceShare& share = out_.devices[device];
  return share.weights + share.engine + share.adapters + share.projector + dynamic_parts(device).total();
}

// What the first device lacks at the settings asked for.
Bytes Planner::missing_on_device() const { return taken(0) - out_.devices[0].usable; }

void Planner::measure_slack() {
  double least = kBoundless;
  Bytes on_first, one;
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    const DeviceShare& share = out_.devices[d];
    if (idle(d)) continue;
    if (!repeats(d)) one = taken(d);
    if (d == 0) on_first = one;
    least = std::min(least, share.usable.as_double() - one.as_double());
  }
  slack_now_ = least;
  if (in_.system.backend == Backend::cpu) return;
  double host_left = out_.host.usable.as_double() - (out_.host.fixed() + dynamic_host_parts().total()).as_double();
  // A device that shares the host's memory leaves it the rest; further ones are machines of their own.
  if (in_.system.devices[0]->unified_memory) host_left -= on_first.as_double();
  slack_now_ = std::min(least, host_left);
}

// measure_slack() for other contexts and numbers of sequences, with every layer where it is now. What each place holds
// is summed up once, so that a question costs a few multiplications. A cache row that does not divide evenly over its
// ranks is rounded up.
class Planner::Margin {
  // What one place holds: a fixed part, and parts that grow with the cells of cache and with the sequences.
  struct Holding {
    Bytes fixed, per_sequence;
    InlineVector<Bytes, CacheCells::capacity()> per_cell;  // parallel to CacheLayout::extents

    void add_group(const CacheLayout::Layer& layer, std::uint64_t layers, std::uint64_t ranks) {
      for (const CacheLayout::Part& part : layer.parts) {
        const Bytes rows = (part.k_row + part.v_row) * layers;
        per_cell[part.extent] += ranks == 1 ? rows : Bytes(divide_up(rows.value(), ranks));
      }
    }
    // Of `cells` cells, all streams together.
    [[nodiscard]] Bytes cached(const CacheCells& cells) const {
      Bytes sum;
      for (std::size_t i = 0; i < cells.size(); ++i) sum += per_cell[i] * cells[i];
      return sum;
    }
    [[nodiscard]] Bytes at(const CacheCells& cells, std::uint64_t sequences) const {
      return fixed + per_sequence * sequences + cached(cells);
    }
    // For each further sequence; `cells` are those of one sequence.
    [[nodiscard]] Bytes growth(const CacheCells& cells) const { return per_sequence + cached(cells); }
  };

 public:
  explicit Margin(const Planner& planner) : p_(planner) {
    const Planner& p = planner;
    for (std::size_t d = 0; d < p.out_.devices.size(); ++d) {
      if (p.idle(d)) continue;
      if (places_.empty() || !p.repeats(d)) add_device(d);
    }
    host_.per_cell.resize(layout().extents.size());
    host_.fixed = p.out_.host.fixed();
    const auto& layers = p.out_.host.layers_of_group;
    for (std::size_t g = 0; g < layers.size(); ++g) {
      const CacheLayout::Layer& layer = layout().layers[g];
      const std::uint64_t cached = p.in_.settings.kv_on_host ? layer.count : layers[g];
      if (cached > 0) host_.add_group(layer, cached, 1);
      host_.per_sequence += layer.state * layers[g];
    }
  }

  [[nodiscard]] double at(std::uint32_t context, std::uint32_t parallel) const {
    const PlaceInputs& in = p_.in_;
    const CacheSettings cache = setting(context, parallel);
    const CacheCells cells = cache_cells(layout(), in.engine, cache);
    const ComputeBuffers buffers = p_.buffers_at(cache);
    const bool drafts = in.settings.speculation.kind != SpeculationKind::none;
    const Bytes draft = drafts ? p_.draft_dynamic(p_.need(cache)) : Bytes(0);
    double least = kBoundless;
    Bytes on_first;
    for (const Place& place : places_) {
      const Bytes fetch = place.fetches ? fetched(cells, cache, buffers) : Bytes(0);
      Bytes taken = place.holding.at(cells, cache.sequences());
      taken += place.works ? p_.compute_of(buffers, place.output, place.streams, fetch) : fetch;
      if (!place.works && place.fetches) taken += buffers.converted;
      if (place.output) taken += draft;
      if (place.first) on_first = taken;
      least = std::min(least, place.usable.as_double() - taken.as_double());
    }
    if (in.system.backend == Backend::cpu) return least;
    double left = host_left(cells, cache, buffers);
    if (in.system.devices[0]->unified_memory) left -= on_first.as_double();
    return std::min(least, left);
  }

  // The most sequences, if each has a stream of cells of its own and no layer is fetched from the host: then every
  // sequence adds the same to every place. `most` where nothing grows.
  [[nodiscard]] std::uint32_t most_streams(std::uint32_t context, std::uint32_t most) const {
    const PlaceInputs& in = p_.in_;
    const CacheSettings cache = setting(context, 1);
    const CacheCells cells = cache_cells(layout(), in.engine, cache);
    ComputeBuffers buffers = p_.buffers_at(cache);
    // The buffers without any sequence, so that each one adds the same.
    const ComputeCurve& curve = in.dynamic.compute;
    buffers.device -= curve.per_sequence * curve.sequences;
    buffers.middle -= curve.middle_per_sequence * curve.sequences;
    buffers.converted -= curve.converted_per_sequence * curve.sequences;
    std::uint64_t sequences = most;
    const auto limit = [&sequences](Bytes usable, Bytes fixed, Bytes each) {
      if (fixed > usable) sequences = 0;
      if (each > Bytes(0)) sequences = std::min(sequences, (usable - fixed).value() / each.value());
    };
    Bytes fixed_on_first, each_on_first;
    for (const Place& place : places_) {
      const Bytes fixed = place.holding.fixed + p_.compute_of(buffers, place.output, place.streams, Bytes(0));
      Bytes each = place.holding.growth(cells) + (place.output ? curve.per_sequence : curve.middle_per_sequence);
      if (!in.settings.kv_on_host) each += curve.converted_per_sequence;
      limit(place.usable, fixed, each);
      if (!place.first) continue;
      fixed_on_first = fixed;
      each_on_first = each;
    }
    if (in.system.backend == Backend::cpu) return static_cast<std::uint32_t>(sequences);
    Bytes fixed = host_.fixed + p_.host_compute(buffers, attention_scores(in.model, cache));
    Bytes each = host_.growth(cells) + output_buffer(in.model, in.engine, cache);
    if (in.system.devices[0]->unified_memory) {
      fixed += fixed_on_first;
      each += each_on_first;
    }
    limit(p_.out_.host.usable, fixed, each);
    return static_cast<std::uint32_t>(sequences);
  }

 private:
  struct Place {
    Holding holding;
    Bytes usable;
    bool first = false;  // the first device, whose memory may be the host's
    bool works = true;   // computes layers or the output of its own
    bool output = false, streams = false, fetches = false;
  };

  [[nodiscard]] CacheSettings setting(std::uint32_t context, std::uint32_t parallel) const {
    CacheSettings cache = p_.in_.settings.cache;
    cache.context = context;
    cache.parallel = parallel;
    return cache;
  }

  [[nodiscard]] double host_left(const CacheCells& cells, const CacheSettings& cache,
                                 const ComputeBuffers& buffers) const {
    const PlaceInputs& in = p_.in_;
    const Bytes taken = host_.at(cells, cache.sequences()) + output_buffer(in.model, in.engine, cache) +
                        p_.host_compute(buffers, attention_scores(in.model, cache));
    return p_.out_.host.usable.as_double() - taken.as_double();
  }

  [[nodiscard]] Bytes fetched(const CacheCells& cells, const CacheSettings& cache,
                              const ComputeBuffers& buffers) const {
    Bytes widest;
    for (const CacheLayout::Layer& layer : layout().layers) {
      Bytes kv;
      for (const CacheLayout::Part& part : layer.parts) kv += (part.k_row + part.v_row) * cells[part.extent];
      widest = std::max(widest, kv);
    }
    return p_.fetched(0, buffers, widest, attention_scores(p_.in_.model, cache));
  }

  [[nodiscard]] const CacheLayout& layout() const { return p_.in_.dynamic.caches; }

  void add_device(std::size_t device) {
    const DeviceShare& share = p_.out_.devices[device];
    places_.resize(places_.size() + 1);
    Place& place = places_.back();
    place.usable = share.usable;
    place.first = device == 0;
    place.works = p_.works(device);
    place.output = share.holds_output;
    place.fetches = p_.fetches_layers(device);
    place.streams = p_.streams_experts(device, share.expert_layers_on_host > 0);
    Holding& holding = place.holding;
    holding.fixed = share.weights + share.engine + share.adapters + share.projector;
    if (share.holds_output) holding.fixed += p_.draft_weights();
    holding.per_cell.resize(layout().extents.size());
    Bytes state;
    for (std::size_t g = 0; g < share.layers_of_group.size(); ++g) {
      const std::uint64_t layers = share.layers_of_group[g];
      if (layers == 0) continue;
      if (!p_.in_.settings.kv_on_host)
        holding.add_group(layout().layers[g], layers, p_.cache_ranks(p_.in_.model.groups[g].mixer));
      state += layout().layers[g].state * layers;
    }
    holding.per_sequence = Bytes(divide_up(state.value(), p_.out_.tensor_parallel)) * p_.now_.state_copies;
  }

  const Planner& p_;
  InlineVector<Place, kMaxDevices> places_;
  Holding host_;
};

// Contexts are told apart by this many tokens.
std::uint32_t Planner::context_step() const {
  return std::min(std::max({in_.engine.cache_pad, in_.engine.block_tokens, 1U}), kShortestContext);
}

std::uint32_t Planner::largest_context(const Margin& margin) const {
  const CacheSettings& cache = in_.settings.cache;
  const std::uint32_t parallel = cache.sequences();
  const std::uint32_t longest = in_.model.arch.longest_context();
  const std::uint32_t shortest = std::min(kShortestContext, longest);
  const auto at_context = [&](std::uint32_t context) { return margin.at(context, parallel); };
  const std::uint32_t step = context_step();
  const std::uint32_t asked = cache.context / step * step;
  if (slack_now_ >= 0 && asked >= shortest && asked < longest) {
    return largest(asked, longest, step, slack_now_, at_context);
  }
  const double least = at_context(shortest);
  return least >= 0 ? largest(shortest, longest, step, least, at_context) : 0;
}

std::uint32_t Planner::largest_parallel(const Margin& margin) const {
  const CacheSettings& cache = in_.settings.cache;
  const std::uint32_t parallel = cache.sequences();
  const std::uint32_t most = in_.engine.cache == CachePolicy::cells ? kMostSequences : kUnbounded;
  const auto at_parallel = [&](std::uint32_t sequences) { return margin.at(cache.context, sequences); };
  const bool even = !cache.unified && in_.settings.speculation.kind == SpeculationKind::none && !fetches_layers(0);
  if (even) {
    const std::uint32_t streams = std::max(margin.most_streams(cache.context, most), slack_now_ >= 0 ? parallel : 0);
    return streams == kUnbounded ? parallel : streams;
  }
  if (slack_now_ >= 0) {
    const std::uint32_t streams = parallel >= most ? parallel : largest(parallel, most, 1, slack_now_, at_parallel);
    return streams == kUnbounded ? parallel : streams;  // nothing grows with sequences
  }
  if (parallel == 1) return 0;
  const double least = at_parallel(1);
  return least >= 0 ? largest(1, parallel, 1, least, at_parallel) : 0;
}

Planner::Largest Planner::largest_with(const Margin& margin) const {
  Largest found;
  if (in_.sought.context) found.context = largest_context(margin);
  if (in_.sought.parallel) found.parallel = largest_parallel(margin);
  return found;
}

// The largest with every expert on the host. Afterwards the layers are where they were.
Planner::Largest Planner::largest_without_experts() {
  const auto devices = out_.devices;
  const HostShare host = out_.host;
  const double slack = slack_now_;
  assign_layers(first_device_layer_, in_.model.layer_count());
  measure_slack();
  const Largest found = largest_with(Margin(*this));
  out_.devices = devices;
  out_.host = host;
  slack_now_ = slack;
  return found;
}

// What is left on devices and host together, if layers could be cut anywhere: an upper bound.
double Planner::left_together(const CacheSettings& cache) const {
  const Need now = need(cache);
  const auto devices = static_cast<std::uint64_t>(out_.devices.size());
  const Bytes taken = in_.weights.file_bytes + fixed_.adapters + fixed_.projector + fixed_.projector_on_host +
                      now.cache.kv + now.cache.state * now.state_copies + now.compute.middle * devices +
                      now.compute.host + now.output + draft_weights() + draft_dynamic(now);
  Bytes usable = out_.host.usable;
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    const DeviceShare& share = out_.devices[d];
    // What shares the host's memory adds none to it.
    if (d == 0 && in_.system.devices[0]->unified_memory) {
      usable -= share.engine;
    } else {
      usable += share.usable - share.engine;
    }
  }
  return usable.as_double() - taken.as_double();
}

// The largest if the layers are divided anew for every context and number of sequences, searched from `found` up.
// Afterwards the layers are where they were.
Planner::Largest Planner::largest_divided_anew(Largest found) {
  const Placement placed = out_;
  const Need needed = now_;
  const double slack = slack_now_;
  const std::uint32_t first = first_device_layer_;
  layers_move_ = in_.settings.gpu_layers == kAuto && first > 0;  // larger settings then need them to move, too
  CacheSettings cache = in_.settings.cache;
  const auto holds = [&] {
    now_ = need(cache);
    return divide();
  };
  // Starts at what the machine holds as a whole, and goes from there to what really fits.
  const auto last = [&](std::uint32_t& setting, std::uint32_t low, std::uint32_t high, std::uint32_t step) {
    const auto at = [&](std::uint32_t value) {
      setting = value;
      return left_together(cache);
    };
    const double least = low < high ? at(low) : 0;
    const std::uint32_t start = least > 0 ? largest(low, high, step, least, at) : low;
    return last_that(low, high, step, start, [&](std::uint32_t value) {
      setting = value;
      return holds();
    });
  };
  if (in_.sought.context) {
    const std::uint32_t longest = in_.model.arch.longest_context();
    const std::uint32_t held = std::min(std::max(found.context, cache.context), longest);
    found.context = last(cache.context, held, longest, context_step());
    cache.context = in_.settings.cache.context;
  }
  // Where no whole layer had to move, moving experts already gave the sequences their room.
  if (in_.sought.parallel && first > 0) {
    found.parallel = last(cache.parallel, std::max(found.parallel, cache.sequences()), kMostSequences, 1);
  }
  found.parallel = std::max(found.parallel, in_.sought.parallel ? in_.settings.cache.sequences() : 0);
  layers_move_ = false;
  out_ = placed;
  now_ = needed;
  slack_now_ = slack;
  first_device_layer_ = first;
  return found;
}

// The largest if the layers are dealt to the devices anew, since the rule that dealt them fills one device before the
// others. Afterwards the layers are where they were.
Planner::Largest Planner::largest_balanced_anew(Largest found) {
  const auto devices = out_.devices;
  const HostShare host = out_.host;
  const Need needed = now_;
  const double slack = slack_now_;
  CacheSettings cache = in_.settings.cache;
  const auto beyond = [&](std::uint32_t& setting, std::uint32_t now, std::uint32_t most, std::uint32_t step) {
    const std::uint32_t asked = setting;
    const auto dealt_for = [&](std::uint32_t value) {
      setting = value;
      now_ = need(cache);
      balance_layers(first_device_layer_, out_.cpu_moe_layers);
      measure_slack();
      return slack_now_;
    };
    std::uint32_t last = now;
    const std::uint32_t next = now < most ? std::min(now / step * step + step, most) : now;
    if (next > now && dealt_for(next) >= 0) {
      const Margin margin(*this);
      last = largest(next, most, step, slack_now_, [&](std::uint32_t value) {
        setting = value;
        return margin.at(cache.context, cache.parallel);
      });
    }
    // A scenario with that setting has its layers dealt for it, which may overfill a device that has room in this deal.
    if (last > asked && dealt_for(last) < 0) last = largest(asked, last, step, slack, dealt_for);
    setting = asked;
    return last;
  };
  if (in_.sought.context) {
    const std::uint32_t longest = in_.model.arch.longest_context();
    found.context = beyond(cache.context, found.context, longest, context_step());
  }
  const bool own_streams = in_.engine.cache == CachePolicy::cells && !cache.unified;
  if (in_.sought.parallel && own_streams) {
    cache.parallel = cache.sequences();
    found.parallel = beyond(cache.parallel, found.parallel, kMostSequences, 1);
  }
  out_.devices = devices;
  out_.host = host;
  now_ = needed;
  slack_now_ = slack;
  return found;
}

void Planner::find_largest() {
  const bool experts_moved = moved_experts(), layers_moved = moved_layers();
  const std::uint32_t known = in_.sought.known.of(out_.moved_to_fit);
  if (known > 0 && !in_.sought.parallel) {
    out_.safe_context = known;
    return;
  }
  // Where experts were moved to make room, moving more of them makes more room.
  const bool more_to_move = experts_moved && out_.cpu_moe_layers < in_.model.layer_count() && fits_now();
  Largest found = more_to_move ? largest_without_experts() : largest_with(Margin(*this));
  if (out_.moved_to_fit) found = largest_divided_anew(found);
  const bool dealt = out_.split == Split::layer && out_.devices.size() > 1;
  if (dealt && !experts_moved && !layers_moved && fits_now()) found = largest_balanced_anew(found);
  out_.safe_context = found.context;
  out_.max_parallel = found.parallel;
}

}  // namespace headroom
