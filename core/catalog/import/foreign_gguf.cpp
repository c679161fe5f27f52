#include "core/catalog/import/foreign_gguf.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/catalog/import/message_text.h"

namespace headroom {
namespace {

struct ForeignGguf {
  std::string_view name;  // general.type or general.architecture
  std::string_view what;
};
constexpr std::string_view kAdapter =
    "a LoRA adapter; import the model it belongs to and state the adapter's rank there";
constexpr std::string_view kPictures = "an image or video model; those are chosen from the catalog, not imported";
constexpr std::string_view kProjector =
    "a projector for images or sound (mmproj), which is loaded beside a model; import the model's own GGUF";
// Sources: GGUFType of gguf-py, and the architectures of stable-diffusion.cpp and ComfyUI-GGUF.
constexpr std::array<ForeignGguf, 17> kForeignGguf{{
    {"adapter", kAdapter},
    {"mmproj", kProjector},
    {"clip", kProjector},
    {"imatrix", "an importance matrix, which is used in quantizing; import the model"},
    {"controlvector", "a control vector; import the model it belongs to"},
    {"flux", kPictures},
    {"sd1", kPictures},
    {"sdxl", kPictures},
    {"sd3", kPictures},
    {"aura", kPictures},
    {"hidream", kPictures},
    {"cosmos", kPictures},
    {"ltxv", kPictures},
    {"hyvid", kPictures},
    {"wan", kPictures},
    {"lumina2", kPictures},
    {"qwen_image", kPictures},
}};

}  // namespace

Status foreign_gguf(const GgufHeader& header) {
  for (const char* key : {"general.type", "general.architecture"}) {
    const std::string_view value = header.text_value(key);
    const auto* kind = std::find_if(kForeignGguf.begin(), kForeignGguf.end(),
                                    [value](const ForeignGguf& k) { return k.name == value; });
    if (kind == kForeignGguf.end()) continue;
    return Error{ErrorCode::unsupported,
                 "GGUF: " + std::string(key) + " is " + quote(value) + ": this is " + std::string(kind->what)};
  }
  const auto lora = [](const GgufTensor& tensor) { return tensor.name.ends_with(".lora_a"); };
  if (std::any_of(header.tensors.begin(), header.tensors.end(), lora)) {
    return Error{ErrorCode::unsupported, "GGUF: this is " + std::string(kAdapter)};
  }
  return std::nullopt;
}

}  // namespace headroom
