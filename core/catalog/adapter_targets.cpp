#include "core/catalog/adapter_targets.h"

#include <array>
#include <string_view>

namespace headroom {
namespace {

namespace target = adapter_target;

struct Name {
  std::string_view name;
  std::uint16_t targets;
};

constexpr std::string_view kAttention = "attention", kAllLinear = "all-linear", kExperts = "experts";

constexpr std::array<Name, 7> kProjections{{{"q_proj", target::q},
                                            {"k_proj", target::k},
                                            {"v_proj", target::v},
                                            {"o_proj", target::o},
                                            {"gate_proj", target::gate},
                                            {"up_proj", target::up},
                                            {"down_proj", target::down}}};

constexpr std::array<Name, 5> kFused{{{"qkv_proj", target::q | target::k | target::v},
                                      {"o_proj", target::o},
                                      {"gate_up_proj", target::gate | target::up},
                                      {"down_proj", target::down},
                                      {kExperts, target::experts}}};

// What other attention than by heads calls its projections, and state space models theirs.
constexpr std::array<Name, 7> kOthers{{{"q_a_proj", target::q},
                                       {"q_b_proj", target::q},
                                       {"kv_a_proj_with_mqa", target::k},
                                       {"in_proj", target::q},
                                       {"in_proj_qkv", target::q | target::k | target::v},
                                       {"in_proj_qkvz", target::q | target::k | target::v},
                                       {"out_proj", target::o}}};

constexpr const char* kAllowed =
    "\"attention\", \"all-linear\" (routed experts too), or a list of q_proj, k_proj, v_proj, o_proj, gate_proj, "
    "up_proj, down_proj, experts";

std::uint16_t targets_named(std::string_view name) {
  std::uint16_t found = 0;
  const auto look_in = [&](const auto& names) {
    for (const Name& known : names) {
      if (known.name == name) found = known.targets;
    }
  };
  look_in(kProjections);
  look_in(kFused);
  look_in(kOthers);
  return found;
}

template <std::size_t N>
std::string names_in(const std::array<Name, N>& names, std::uint16_t targets) {
  std::string text;
  for (const Name& known : names) {
    if ((known.targets & targets) == 0) continue;
    if (!text.empty()) text += ' ';
    text += known.name;
  }
  return text;
}

}  // namespace

std::uint16_t read_adapter_targets(JsonFields& adapter) {
  const nlohmann::json* given = adapter.any("targets");
  if (given == nullptr) return 0;
  if (given->is_string()) {
    const std::string word = given->get<std::string>();
    if (word == kAttention) return target::attention;
    if (word == kAllLinear) return target::all;
    adapter.reject("targets", kAllowed);
    return 0;
  }
  std::uint16_t targets = 0;
  bool known = given->is_array() && !given->empty();
  for (std::size_t i = 0; known && i < given->size(); ++i) {
    const auto* name = (*given)[i].get_ptr<const std::string*>();
    const std::uint16_t found = name != nullptr ? targets_named(*name) : std::uint16_t{0};
    known = found != 0;
    targets = static_cast<std::uint16_t>(targets | found);
  }
  if (!known) adapter.reject("targets", kAllowed);
  return targets;
}

nlohmann::json adapter_targets_json(std::uint16_t targets) {
  if (targets == target::attention) return kAttention;
  if (targets == target::all) return kAllLinear;
  nlohmann::json names = nlohmann::json::array();
  for (const Name& known : kProjections) {
    if ((known.targets & targets) != 0) names.push_back(known.name);
  }
  if ((targets & target::experts) != 0) names.push_back(kExperts);
  return names;
}

// SGLang calls those of experts as it calls those of a dense network.
std::string projection_names(std::uint16_t targets) {
  constexpr int kNetwork = target::gate | target::up | target::down;
  const bool experts = (targets & target::experts) != 0;
  return names_in(kProjections, static_cast<std::uint16_t>(experts ? targets | kNetwork : targets));
}

std::string fused_names(std::uint16_t targets) { return names_in(kFused, targets); }

}  // namespace headroom
