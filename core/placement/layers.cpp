#include <algorithm>

#include "core/placement/planner.h"

namespace headroom {

void Planner::reset_shares() {
  const std::size_t groups = in_.model.groups.size();
  for (DeviceShare& share : out_.devices) {
    share.layers_of_group.clear();
    share.layers_of_group.resize(groups);
    share.weights = share.adapters = share.projector = Bytes(0);
    share.layers = share.expert_layers_on_host = 0;
    share.holds_output = false;
  }
  out_.host.weights = out_.host.adapters = Bytes(0);
  out_.host.layers_of_group.clear();
  out_.host.layers_of_group.resize(groups);
  out_.host.expert_layers_of_group.clear();
  out_.host.expert_layers_of_group.resize(groups);
}

// Layers [begin, end) to a device; the routed experts of those below `host_experts` to the host.
void Planner::give_layers(std::size_t device, std::uint32_t begin, std::uint32_t end, std::uint32_t host_experts) {
  DeviceShare& share = out_.devices[device];
  Bytes bytes, moved, adapters, adapters_moved;
  for (std::uint32_t layer = begin; layer < end; ++layer) {
    bytes += in_.weights.layer_bytes[layer];
    adapters += adapters_of_layer(layer);
    ++share.layers_of_group[in_.model.group_of_layer[layer]];
  }
  for (std::uint32_t layer = begin; in_.model.has_experts && layer < std::min(end, host_experts); ++layer) {
    const Bytes experts = in_.weights.layer_expert_bytes[layer];
    if (experts == Bytes(0)) continue;
    moved += experts;
    adapters_moved += expert_adapters_of_layer(layer);
    ++share.expert_layers_on_host;
    ++out_.host.expert_layers_of_group[in_.model.group_of_layer[layer]];
  }
  share.weights += bytes - moved;
  out_.host.weights += moved;
  share.adapters += adapters - adapters_moved;
  out_.host.adapters += adapters_moved;
  share.layers = static_cast<std::uint16_t>(share.layers + end - begin);
}

void Planner::leave_on_host(std::uint32_t end) {
  for (std::uint32_t layer = 0; layer < end; ++layer) {
    out_.host.weights += in_.weights.layer_bytes[layer];
    out_.host.adapters += adapters_of_layer(layer);
    ++out_.host.layers_of_group[in_.model.group_of_layer[layer]];
  }
}

// Layers [0, first) go to the host, the rest to the devices in order, by what each has free: llama.cpp's rule, which
// counts what follows the layers, too. The routed experts of layers below `host_experts` stay on the host.
void Planner::assign_layers(std::uint32_t first, std::uint32_t host_experts) {
  reset_shares();
  const std::size_t devices = out_.devices.size();
  leave_on_host(first);
  std::size_t device = 0;
  const bool all_experts = host_experts >= in_.model.layer_count();
  if (devices == 1 && first == 0 && (host_experts == 0 || all_experts)) {
    give_everything(all_experts);
  } else if (devices == 1) {
    give_layers(0, first, in_.model.layer_count(), host_experts);
  } else {
    device = deal_layers(first, host_experts);
  }
  place_rest(first, device);
}

// All layers on the only device, by group rather than one by one; their routed experts on the host, or none.
void Planner::give_everything(bool experts_on_host) {
  DeviceShare& share = out_.devices[0];
  share.adapters = fixed_.adapters;
  for (std::size_t g = 0; g < in_.model.groups.size(); ++g) {
    const auto layers = static_cast<std::uint16_t>(in_.model.groups[g].count);
    share.weights += in_.weights.groups[g].total();
    share.layers_of_group[g] = layers;
    const Bytes experts = in_.weights.groups[g].routed_experts;
    if (!experts_on_host || experts == Bytes(0)) continue;
    share.weights -= experts;
    out_.host.weights += experts;
    if (!fixed_.expert_adapters.empty()) {
      const Bytes adapters = fixed_.expert_adapters[g] * layers;
      share.adapters -= adapters;
      out_.host.adapters += adapters;
    }
    share.expert_layers_on_host = static_cast<std::uint16_t>(share.expert_layers_on_host + layers);
    out_.host.expert_layers_of_group[g] = layers;
  }
  share.layers = static_cast<std::uint16_t>(in_.model.layer_count());
}

// Deals layers [first, end) and what follows them in order, by free memory; returns the device of the output.
std::size_t Planner::deal_layers(std::uint32_t first, std::uint32_t host_experts) {
  const std::uint32_t layers = in_.model.layer_count();
  const std::size_t devices = out_.devices.size();
  double total = 0;
  for (const DeviceShare& share : out_.devices) total += (share.usable - share.engine).as_double();
  const std::uint32_t slots = layers - first + slots_after_layers();
  std::size_t device = 0;
  std::uint32_t begin = first;
  double reached = (out_.devices[0].usable - out_.devices[0].engine).as_double();
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    while (device + 1 < devices && total > 0 && static_cast<double>(slot) / slots >= reached / total) {
      const std::uint32_t end = std::min(first + slot, layers);
      give_layers(device, begin, end, host_experts);
      begin = end;
      ++device;
      reached += (out_.devices[device].usable - out_.devices[device].engine).as_double();
    }
  }
  give_layers(device, begin, layers, host_experts);
  return device;
}

// The parts outside the layers: head, embedding, projector.
void Planner::place_rest(std::uint32_t first, std::size_t output_device) {
  DeviceShare& last = out_.devices[output_device];
  if (output_on_device(first)) {
    last.holds_output = true;
    last.weights += fixed_.head;
  } else {
    // Beside the embedding a tied head is no second copy.
    out_.host.weights += in_.engine.embedding_on_host ? fixed_.head - in_.weights.tied_head_copy : fixed_.head;
  }
  DeviceShare& main = out_.devices[0];
  main.projector = fixed_.projector;
  out_.host.projector = fixed_.projector_on_host;
  if (fixed_.input_on_host) {
    out_.host.weights += fixed_.input;
  } else {
    main.weights += fixed_.input;
  }
}

// Device memory that each layer takes at the settings asked for, adapters included, while the experts of the first
// `host_experts` layers are on the host. What the layers of a group have in common is summed up once.
class Planner::LayerNeeds {
 public:
  LayerNeeds(const Planner& planner, std::uint32_t host_experts) : planner_(planner), host_experts_(host_experts) {
    const ModelProfile& model = planner.in_.model;
    const CacheFootprint& cache = planner.now_.cache;
    for (std::size_t g = 0; g < model.groups.size(); ++g) {
      const Bytes adapters = planner.fixed_.layer_adapters.empty() ? Bytes(0) : planner.fixed_.layer_adapters[g];
      const Bytes kv = planner.in_.settings.kv_on_host ? Bytes(0) : cache.kv_per_layer[g];
      beside_weights_.push_back(adapters + kv + cache.state_per_layer[g] * planner.now_.state_copies);
    }
  }

  [[nodiscard]] Bytes of(std::uint32_t layer) const {
    const PlaceInputs& in = planner_.in_;
    const Bytes bytes = in.weights.layer_bytes[layer] + beside_weights_[in.model.group_of_layer[layer]];
    return layer < host_experts_ ? bytes - planner_.experts_of_layer(layer) : bytes;
  }

 private:
  const Planner& planner_;
  std::uint32_t host_experts_;
  InlineVector<Bytes, kMaxGroups> beside_weights_;
};

// When the rule above overflows a device while another has room: fill them one after the other to the same level.
void Planner::balance_layers(std::uint32_t first, std::uint32_t host_experts) {
  constexpr int kRounds = 10;
  const std::uint32_t layers = in_.model.layer_count();
  const Need& now = now_;
  const LayerNeeds needs(*this, host_experts);
  const std::size_t devices = out_.devices.size();
  // How many layers each device takes when none may pass `level` of its memory; the last must also hold the output.
  InlineVector<std::uint32_t, kMaxDevices> counts;
  counts.resize(devices);
  const auto fill = [&](double level) {
    std::uint32_t layer = first;
    for (std::size_t d = 0; d < devices; ++d) {
      const DeviceShare& share = out_.devices[d];
      const bool last = d + 1 == devices;
      Bytes used = share.engine + compute_of(now.compute, last, streams_experts(d, layer < host_experts),
                                             fetched(d, now.compute, now.widest_kv, now.scores));
      if (last) used += fixed_.head + draft_weights() + draft_dynamic(now);
      if (d == 0) used += fixed_.projector;
      if (d == 0 && !fixed_.input_on_host) used += fixed_.input;
      const Bytes limit = Bytes::from_double(share.usable.as_double() * level);
      counts[d] = 0;
      for (; layer < layers && used + needs.of(layer) <= limit; ++layer) {
        used += needs.of(layer);
        ++counts[d];
      }
    }
    return layer == layers;
  };
  double low = 0, high = 1;
  if (!fill(high)) return;
  for (int i = 0; i < kRounds; ++i) {
    const double middle = (low + high) / 2;
    (fill(middle) ? high : low) = middle;
  }
  (void)fill(high);
  reset_shares();
  leave_on_host(first);
  std::uint32_t layer = first;
  for (std::size_t d = 0; d < devices; ++d) {
    give_layers(d, layer, layer + counts[d], host_experts);
    layer += counts[d];
  }
  place_rest(first, devices - 1);
}

void Planner::choose_split_layers(std::uint32_t first, std::size_t devices) {
  const std::uint32_t host_experts = out_.cpu_moe_layers;
  assign_layers(first, host_experts);
  measure_slack();
  if (devices > 1 && !fits_now()) {
    balance_layers(first, host_experts);
    measure_slack();
  }
  dealt_ = true;
}

namespace {

// The smallest number in [low, high] that fits; `high` when none does.
template <class Fits>
std::uint32_t smallest(std::uint32_t low, std::uint32_t high, const Fits& fits) {
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (fits(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return high;
}

}  // namespace

bool Planner::fits_with(std::uint32_t first, std::uint32_t host_experts) {
  if (!dealt_ || first != first_device_layer_ || host_experts != out_.cpu_moe_layers) {
    first_device_layer_ = first;
    out_.cpu_moe_layers = host_experts;
    choose_split_layers(first, out_.devices.size());
  }
  return fits_now();
}

// How many layers, from the front, must leave their routed experts to the host; all when not even that suffices. On one
// device what each takes is known, so that counting them back replaces a search.
std::uint32_t Planner::experts_to_move(std::uint32_t first) {
  const std::uint32_t layers = in_.model.layer_count();
  if (out_.devices.size() > 1) return smallest(0, layers, [&](std::uint32_t n) { return fits_with(first, n); });
  if (fits_with(first, 0)) return 0;
  (void)fits_with(first, layers);
  Bytes left = out_.devices[0].usable - taken(0);
  std::uint32_t moved = layers;
  for (; moved > first && left >= experts_of_layer(moved - 1); --moved) left -= experts_of_layer(moved - 1);
  return moved;
}

// How many whole layers, from the front, must move to the host, the experts of the first `host_experts` being there.
std::uint32_t Planner::layers_to_move(std::uint32_t host_experts) {
  const std::uint32_t layers = in_.model.layer_count();
  if (out_.devices.size() > 1) return smallest(0, layers, [&](std::uint32_t n) { return fits_with(n, host_experts); });
  if (!layers_move_ && fits_with(0, host_experts)) return 0;
  if (fits_with(1, host_experts)) return 1;
  const LayerNeeds needs(*this, host_experts);
  Bytes missing = missing_on_device();
  for (std::uint32_t layer = 1; layer < layers; ++layer) {
    missing -= needs.of(layer);
    if (missing == Bytes(0)) return layer + 1;
  }
  return layers;
}

// Experts leave first, where the engine can split them off: they are most of the bytes and little of the work. Then
// whole layers, from the front.
void Planner::offload() {
  const std::uint32_t layers = in_.model.layer_count();
  const bool fixed_layers = in_.settings.gpu_layers != kAuto;
  const bool fixed_experts = in_.settings.cpu_moe_layers != kAuto;
  const std::uint32_t first = first_device_layer_;
  std::uint32_t experts = out_.cpu_moe_layers;
  if (in_.engine.expert_offload && in_.model.has_experts && !fixed_experts && !layers_move_) {
    const std::uint32_t found = experts_to_move(first);
    if (fits_with(first, found)) return;
    experts = fixed_layers ? found : 0;
  }
  if (in_.engine.host_offload && !fixed_layers) {
    const std::uint32_t most_experts =
        fixed_experts ? experts : (in_.model.has_experts && in_.engine.expert_offload ? layers : 0);
    const std::uint32_t found = layers_to_move(most_experts);
    if (fits_with(found, most_experts)) return;
  }
  // Not even the host holds the rest: show the model on the devices, as asked.
  (void)fits_with(fixed_layers ? first : 0, fixed_experts ? experts : 0);
}

// Starts from what a person set; by default nothing is on the host.
void Planner::start_division() {
  const std::uint32_t layers = in_.model.layer_count();
  first_device_layer_ = out_.cpu_moe_layers = 0;
  const std::int32_t wanted = in_.settings.gpu_layers;
  if (wanted >= 0 && in_.engine.host_offload && in_.system.backend != Backend::cpu) {
    const auto slots = static_cast<std::uint32_t>(wanted);
    const std::uint32_t others = in_.engine.counts_output() ? std::min(slots_after_layers(), slots) : 0;
    first_device_layer_ = layers - std::min(slots - others, layers);
  }
  if (in_.settings.cpu_moe_layers > 0 && in_.engine.expert_offload) {
    out_.cpu_moe_layers = std::min(static_cast<std::uint32_t>(in_.settings.cpu_moe_layers), layers);
  } else if (in_.settings.cpu_moe_layers == kAll && in_.engine.expert_offload) {
    out_.cpu_moe_layers = layers;
  }
}

// Divides the layers for what is needed now; whether that fits.
bool Planner::divide() {
  dealt_ = false;
  start_division();
  if (!layers_move_) choose_split_layers(first_device_layer_, out_.devices.size());
  if (out_.spills && (layers_move_ || !fits_now())) offload();
  return fits_now();
}

void Planner::place_layers() {
  std::size_t devices = out_.devices.size();
  const bool one = in_.settings.split == Split::none || (devices > 1 && !in_.engine.layer_split);
  if (one) {
    while (out_.devices.size() > 1) out_.devices.resize(out_.devices.size() - 1);
    devices = 1;
  }
  out_.split = devices > 1 ? Split::layer : Split::none;
  out_.pipeline_parallel = static_cast<std::uint32_t>(devices);
  // On a phone the limit is that of the app, whatever computes.
  const bool phone = in_.system.devices[0]->cls == DeviceClass::phone;
  out_.spills = in_.engine.host_offload && in_.system.backend != Backend::cpu && !phone;
  const bool fits = divide();
  out_.moved_to_fit = (moved_experts() || moved_layers()) && fits;
  if (in_.system.backend == Backend::cpu) return;
  out_.gpu_layers = in_.model.layer_count() - first_device_layer_;
  if (!in_.engine.counts_output() || !output_on_device(first_device_layer_)) return;
  out_.gpu_layers += slots_after_layers();
  if (in_.settings.gpu_layers > 0) {
    out_.gpu_layers = std::min(out_.gpu_layers, static_cast<std::uint32_t>(in_.settings.gpu_layers));
  }
}

}  // namespace headroom
