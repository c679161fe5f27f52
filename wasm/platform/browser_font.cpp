#include "wasm/platform/browser_font.h"

#include <imgui_internal.h>

#include <cmath>
#include <cstdint>
#include <utility>

#include "wasm/platform/platform.h"

namespace headroom {
namespace {

constexpr int kRegular = 400, kSemibold = 600;

// What the atlas keeps a copy of as the font's data.
struct Face {
  SystemFont* font;
  int weight;
};

const Face& face_of(const ImFontConfig* source) { return *static_cast<const Face*>(source->FontData); }

bool contains(ImFontAtlas*, ImFontConfig* source, ImWchar codepoint) {
  // Asked before drawing; the canvas has a glyph, if only a box, for everything that is not a control character.
  return codepoint >= 0xA0 && face_of(source).font->available();
}

bool load_glyph(ImFontAtlas* atlas, ImFontConfig* source, ImFontBaked* baked, void*, ImWchar codepoint,
                ImFontGlyph* out, float* out_advance) {
  if (!contains(atlas, source, codepoint)) return false;
  const Face& face = face_of(source);
  const float density = source->RasterizerDensity * baked->RasterizerDensity;
  const float em = baked->Size / kLineHeightPerEm * density;
  const emscripten::val drawn =
      face.font->host().call<emscripten::val>("drawGlyph", static_cast<std::uint32_t>(codepoint), em, face.weight);
  if (drawn.isNull()) return false;
  const float advance = drawn["advance"].as<float>() / density;
  if (out_advance != nullptr) {
    *out_advance = advance;
    return true;
  }
  out->Codepoint = codepoint;
  out->AdvanceX = advance;
  const int width = drawn["width"].as<int>();
  const int height = drawn["height"].as<int>();
  if (width == 0 || height == 0) return true;

  const ImFontAtlasRectId pack_id = ImFontAtlasPackAddRect(atlas, width, height);
  if (pack_id == ImFontAtlasRectId_Invalid) return false;
  ImTextureRect* rect = ImFontAtlasPackGetRect(atlas, pack_id);
  ImVector<unsigned char>& pixels = atlas->Builder->TempBuffer;
  pixels.resize(width * height);
  emscripten::val(emscripten::typed_memory_view(static_cast<std::size_t>(pixels.Size), pixels.Data))
      .call<void>("set", drawn["coverage"]);

  const float left = drawn["left"].as<float>() / density;
  const float top = drawn["top"].as<float>() / density + std::round(baked->Ascent);
  out->X0 = left;
  out->Y0 = top;
  out->X1 = left + static_cast<float>(width) / density;
  out->Y1 = top + static_cast<float>(height) / density;
  out->Visible = true;
  out->PackId = pack_id;
  ImFontAtlasBakedSetFontGlyphBitmap(atlas, baked, source, out, rect, pixels.Data, ImTextureFormat_Alpha8, width);
  return true;
}

const ImFontLoader* canvas_loader() {
  static const ImFontLoader loader = [] {
    ImFontLoader made;
    made.Name = "canvas";
    made.FontSrcContainsGlyph = contains;
    made.FontBakedLoadGlyph = load_glyph;
    return made;
  }();
  return &loader;
}

}  // namespace

SystemFont::SystemFont(emscripten::val host) : host_(std::move(host)) {}

bool SystemFont::available() {
  if (!available_) available_ = host_.call<bool>("canDrawGlyphs");
  return *available_;
}

void SystemFont::merge_into_last_font(bool semibold) {
  Face face{this, semibold ? kSemibold : kRegular};
  ImFontConfig config;
  config.MergeMode = true;
  config.FontLoader = canvas_loader();
  config.FontData = &face;
  config.FontDataSize = static_cast<int>(sizeof(face));
  config.FontDataOwnedByAtlas = false;
  ImGui::GetIO().Fonts->AddFont(&config);
}

}  // namespace headroom
