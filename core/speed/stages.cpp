#include "core/speed/stages.h"

#include <algorithm>

namespace headroom {

Ranks ranks_of(const Placement& placement) {
  Ranks ranks;
  ranks.tensor = placement.tensor_parallel;
  ranks.data = placement.data_parallel;
  ranks.expert = placement.expert_parallel;
  ranks.network = std::max<double>(placement.network_ranks, ranks.tensor);
  ranks.context = placement.context_parallel;
  return ranks;
}

double adapters_used(const SpeedProfile& profile, double adapters, double sequences) {
  return profile.continuous_batching && adapters > 0 ? std::min(sequences / adapters, 1.0) : 1;
}

std::size_t ranks_per_stage(const Placement& placement) {
  const std::size_t ranks = std::max({placement.ranks(), placement.expert_parallel, 1U});
  return std::min(ranks, std::max<std::size_t>(placement.devices.size(), 1));
}

std::size_t stages_of(const Placement& placement) {
  const std::size_t together = ranks_per_stage(placement);
  return (placement.devices.size() + together - 1) / together;
}

double layers_without_experts(const Placement& placement, std::size_t device, std::size_t group) {
  const DeviceShare& share = placement.devices[device];
  if (share.expert_layers_on_host == 0) return 0;
  const auto& moved = placement.host.expert_layers_of_group;
  double all = 0, own = 0;  // layers on the device, of groups whose experts move
  for (std::size_t g = 0; g < std::min(moved.size(), share.layers_of_group.size()); ++g) {
    if (moved[g] == 0) continue;
    all += share.layers_of_group[g];
    if (g == group) own = share.layers_of_group[g];
  }
  return all > 0 ? share.expert_layers_on_host * own / all : 0;
}

const Rates& head_rates(const SpeedProfile& profile, const Placement& placement) {
  const Rates* slowest = nullptr;
  for (std::size_t d = 0; d < placement.devices.size(); ++d) {
    if (!placement.devices[d].holds_output) continue;
    const Rates& rates = profile.rates_of(d);
    if (slowest == nullptr || rates.weight_byte > slowest->weight_byte) slowest = &rates;
    if (profile.homogeneous) break;
  }
  return slowest != nullptr ? *slowest : profile.host;
}

}  // namespace headroom
