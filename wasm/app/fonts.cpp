#include "wasm/app/fonts.h"

#include "wasm/app/font_data.h"

namespace headroom {
namespace {

ImFont* load(Platform& platform, std::span<const std::uint8_t> file, bool semibold) {
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  // The rasteriser has no gamma; a little more coverage keeps small text as dark as it is meant.
  config.RasterizerMultiply = 1.12F;
  constexpr float kReferencePx = 14;
  // Dear ImGui takes a mutable pointer and writes nothing to data it does not own.
  void* data = const_cast<std::uint8_t*>(file.data());
  ImFont* font = ImGui::GetIO().Fonts->AddFontFromMemoryTTF(data, static_cast<int>(file.size()),
                                                            kReferencePx * kLineHeightPerEm, &config);
  platform.merge_system_font(semibold);
  return font;
}

}  // namespace

Fonts load_fonts(Platform& platform) {
  Fonts fonts;
  fonts.regular = load(platform, inter_regular(), false);
  fonts.semibold = load(platform, inter_semibold(), true);
  return fonts;
}

}  // namespace headroom
