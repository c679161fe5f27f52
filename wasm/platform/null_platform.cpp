#include "wasm/platform/null_platform.h"

#include <imgui.h>

#include <algorithm>
#include <utility>

namespace headroom {

NullPlatform::NullPlatform(float width, float height) {
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures;
  resize(width, height);
}

NullPlatform::~NullPlatform() {
  // Textures were acknowledged without ever being made; say that they are gone before the context checks.
  for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
    texture->SetTexID(ImTextureID_Invalid);
    texture->SetStatus(ImTextureStatus_Destroyed);
  }
  ImGui::DestroyContext();
}

void NullPlatform::resize(float width, float height) { ImGui::GetIO().DisplaySize = ImVec2(width, height); }

void NullPlatform::run_frame(PlatformClient& client, double seconds) {
  now_ += seconds;
  requested_frame_ = -1;
  ImGui::GetIO().DeltaTime = static_cast<float>(seconds);
  ImGui::NewFrame();
  client.frame();
  ImGui::Render();
  for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
    if (texture->Status == ImTextureStatus_WantDestroy) {
      texture->SetTexID(ImTextureID_Invalid);
      texture->SetStatus(ImTextureStatus_Destroyed);
    } else if (texture->Status != ImTextureStatus_OK && texture->Status != ImTextureStatus_Destroyed) {
      texture->SetTexID(1);
      texture->SetStatus(ImTextureStatus_OK);
    }
  }
}

void NullPlatform::request_frame(double in_seconds) {
  requested_frame_ = requested_frame_ < 0 ? in_seconds : std::min(requested_frame_, in_seconds);
}

void NullPlatform::add_file(const PickedFile& file, std::vector<std::uint8_t> content) {
  files_[file.id] = std::move(content);
}

void NullPlatform::deliver_reads() {
  for (const Read& read : std::exchange(reads_, {})) {
    const auto found = files_.find(read.file);
    if (found == files_.end()) {
      read.done(std::nullopt);
      continue;
    }
    const std::span<const std::uint8_t> all(found->second);
    const std::size_t begin = static_cast<std::size_t>(std::min<std::uint64_t>(read.offset, all.size()));
    read.done(all.subspan(begin, std::min<std::size_t>(read.length, all.size() - begin)));
  }
}

void NullPlatform::navigate(std::string_view fragment, Navigation how) {
  settings.fragment = fragment;
  if (how == Navigation::push) seen.history.emplace_back(fragment);
}

void NullPlatform::read_file(std::uint32_t file, std::uint64_t offset, std::uint32_t length, ReadDone done) {
  reads_.push_back({file, offset, length, std::move(done)});
}

void NullPlatform::download(std::string_view file_name, std::string_view mime, std::string_view content) {
  seen.downloaded_name = file_name;
  seen.downloaded_mime = mime;
  seen.downloaded = content;
}

std::optional<std::string> NullPlatform::load(std::string_view key) const {
  const auto found = storage_.find(key);
  return found == storage_.end() ? std::nullopt : std::optional(found->second);
}

void NullPlatform::store(std::string_view key, std::string_view value) { storage_[std::string(key)] = value; }

}  // namespace headroom
