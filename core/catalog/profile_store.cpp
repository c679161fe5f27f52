#include "core/catalog/profile_store.h"

#include <string>

namespace headroom {

ModelProfile make_model_profile(const Catalog& catalog, std::size_t model) {
  const ModelEntry& entry = catalog.models()[model];
  ModelProfile profile = make_model_profile(std::string(entry.id), catalog.architecture(model));
  profile.samples = entry.generates();
  profile.released_in = entry.native_precision;
  return profile;
}

ProfileStore::ModelKey ProfileStore::key_of(const ResolvedModel& model) {
  if (model.index) return {true, *model.index};
  return {false, model.custom->fingerprint};
}

std::shared_ptr<const ModelProfile> ProfileStore::model(const ResolvedModel& model) {
  return models_.get(key_of(model), [&] {
    if (model.index) return make_model_profile(catalog_, *model.index);
    const CustomModel& custom = *model.custom;
    ModelProfile profile = custom.inventory ? make_model_profile(custom.name, custom.architecture, *custom.inventory)
                                            : make_model_profile(custom.name, custom.architecture);
    if (custom.inventory) profile.stored_mix = custom.quantization;
    profile.custom_id = std::string(kCustomId) + std::to_string(custom.fingerprint);
    return profile;
  });
}

std::shared_ptr<const WeightProfile> ProfileStore::weights(const ResolvedModel& model, const Format& format) {
  return weights_.get({key_of(model), &format}, [&] { return make_weight_profile(*this->model(model), format); });
}

}  // namespace headroom
