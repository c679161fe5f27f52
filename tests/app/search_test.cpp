// Typing a name finds it: what is listed first for what people type.
#include "wasm/app/search.h"

#include <string>
#include <string_view>
#include <vector>

#include "tests/app/fixture.h"

namespace headroom {
namespace {

struct Typed {
  std::string_view text, first;  // the id, or what it begins with and "*"
};

bool is_or_begins(std::string_view id, std::string_view wanted) {
  if (wanted.back() != '*') return id == wanted;
  return id.substr(0, wanted.size() - 1) == wanted.substr(0, wanted.size() - 1);
}

struct Lists {
  Session session{test_front(), Language::en};
  [[nodiscard]] std::string_view first_model(std::string_view typed) {
    const std::vector<std::uint32_t> found = Search(typed).among(session.model_list().keys);
    return found.empty() ? std::string_view() : test_catalog().models()[*session.model_of_row(found.front())].id;
  }
  [[nodiscard]] std::string_view first_device(std::string_view typed) {
    const std::vector<std::uint32_t> found = Search(typed).among(session.device_list().keys);
    return found.empty() ? std::string_view() : std::string_view(test_catalog().devices()[found.front()].device.id);
  }
};

TEST_CASE("the model people mean comes first") {
  Lists lists;
  const Typed typed[] = {
      {"qwen3-8b", "qwen3-8b"},
      {"Qwen 3 8b", "qwen3-8b"},
      {"qwen3:8b", "qwen3-8b"},
      {"Qwen/Qwen3-8B", "qwen3-8b"},
      {"qwen3 30b a3b", "qwen3-30b-a3b"},
      {"llama 3.1 8b", "llama-3.1-8b"},
      {"llama3.1 8b", "llama-3.1-8b"},
      {"llama 3.1 8b instruct", "llama-3.1-8b-instruct"},
      {"meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"},
      {"llama 3.1 405b", "llama-3.1-405b"},
      {"llama 405b", "llama-3.1-405b"},
      {"llama 3.3 70b", "llama-3.3-70b*"},
      {"gpt-oss 120b", "gpt-oss-120b"},
      {"gptoss 120b", "gpt-oss-120b"},
      {"openai/gpt-oss-20b", "gpt-oss-20b"},
      {"deepseek v3", "deepseek-v3"},
      {"deepseekv3", "deepseek-v3"},
      {"deepseek-ai/DeepSeek-V3", "deepseek-v3"},
      {"deepseek r1", "deepseek-r1"},
      {"gemma 3 27b", "gemma-3-27b*"},
      {"gemma3 27b", "gemma-3-27b*"},
      {"mixtral 8x7b", "mixtral-8x7b*"},
      {"mistral 7b", "mistral-7b*"},
      {"phi-4", "phi-4"},
      {"qwq", "qwq-32b*"},
      {"qwen2.5 coder 32b", "qwen2.5-coder-32b*"},
      {"glm 4.6", "glm-4.6"},
      {"kimi k2", "kimi-k2*"},
  };
  for (const Typed& one : typed) {
    CAPTURE(one.text);
    const std::string_view first = lists.first_model(one.text);
    CHECK_MESSAGE(is_or_begins(first, one.first), first);
  }
}

TEST_CASE("the hardware people mean comes first") {
  Lists lists;
  const Typed typed[] = {
      {"4090", "nvidia-rtx-4090-24gb"},
      {"rtx4090", "nvidia-rtx-4090-24gb"},
      {"nvidia 4090", "nvidia-rtx-4090-24gb"},
      {"4090 laptop", "nvidia-rtx-4090-laptop-16gb"},
      {"3060 12gb", "nvidia-rtx-3060-12gb"},
      {"5090", "nvidia-rtx-5090-32gb"},
      {"h20", "nvidia-h20-96gb"},
      {"h100", "nvidia-h100-*"},
      {"h200", "nvidia-h200-*"},
      {"a100 80gb", "nvidia-a100-*"},
      {"l40s", "nvidia-l40s-48gb"},
      {"mi300x", "amd-mi300x-192gb"},
      {"mi 300x", "amd-mi300x-192gb"},
      {"7900 xtx", "amd-rx-7900-xtx-24gb"},
      {"m4 max", "apple-m4-max-*"},
      {"m4max", "apple-m4-max-*"},
      {"m4 max 128", "apple-m4-max-40c-128gb"},
      {"m3 ultra", "apple-m3-ultra-*"},
      {"arc b580", "intel-arc-b580-12gb"},
  };
  for (const Typed& one : typed) {
    CAPTURE(one.text);
    const std::string_view first = lists.first_device(one.text);
    CHECK_MESSAGE(is_or_begins(first, one.first), first);
  }
}

TEST_CASE("every model and device comes first under its own name and id") {
  Lists lists;
  for (std::size_t row = 0; row < lists.session.model_list().items.size(); ++row) {
    const ModelEntry& model = test_catalog().models()[*lists.session.model_of_row(row)];
    for (const std::string_view typed : {model.name, model.id}) {
      CAPTURE(typed);
      CHECK(lists.first_model(typed) == model.id);
    }
  }
  for (const DeviceEntry& entry : test_catalog().devices()) {
    for (const std::string_view typed : {std::string_view(entry.device.name), std::string_view(entry.device.id)}) {
      CAPTURE(typed);
      CHECK(lists.first_device(typed) == entry.device.id);
    }
  }
}

TEST_CASE("search wants every word, forgives a slip and prefers whole words") {
  const std::vector<SearchKey> keys{SearchKey("NVIDIA GeForce RTX 4090"), SearchKey("RTX 4090 Laptop"),
                                    SearchKey("Apple M3 Max"), SearchKey("Radeon RX 7900 XTX")};
  const auto among = [&](std::string_view typed) { return Search(typed).among(keys); };
  CHECK(among("4090 laptop") == std::vector<std::uint32_t>{1});
  CHECK(among("").size() == keys.size());
  CHECK(among("m3").front() == 2);
  CHECK(among("gefrce").front() == 0);
  CHECK(among("qwertz").empty());
  CHECK(among("4090 qwertz").empty());
  CHECK(search_text("  Qwen3.5-9B (Base) ") == "qwen3.5 9b base");
}

TEST_CASE("the search of the Models screen still finds after the hardware has changed their order") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb&screen=models");
  running.settle();
  running.app->session().choose_device(*test_catalog().find_device("nvidia-h20-96gb"));
  running.settle();
  const auto search = [&] {
    for (const Inspector::Item& item : running.inspector.items()) {
      if (item.label.find("##search") != std::string::npos) return &item;
    }
    return static_cast<const Inspector::Item*>(nullptr);
  }();
  REQUIRE(search != nullptr);
  running.click(search->left + 40, (search->top + search->bottom) / 2);
  running.type("hermes 3");
  running.frame(2);
  std::size_t rows = 0;
  for (const Inspector::Item& item : running.inspector.items()) {
    const std::size_t mark = item.label.find("##row");
    if (mark == std::string::npos) continue;
    ++rows;
    CHECK_MESSAGE(item.label.find("Hermes") != std::string::npos, item.label);
  }
  CHECK(rows > 0);
}

TEST_CASE("a slip of the finger still finds what was meant") {
  Lists lists;
  const Typed models[] = {
      {"qwem 3 cdoer 30b", "qwen3-coder-30b*"}, {"lama 3.1 405b", "llama-3.1-405b"},
      {"mixtrsl 8x7b", "mixtral-8x7b*"},        {"depseek r1", "deepseek-r1"},
      {"gemna 3 27b", "gemma-3-27b*"},
  };
  for (const Typed& typed : models) {
    CAPTURE(typed.text);
    CHECK(is_or_begins(lists.first_model(typed.text), typed.first));
  }
  CHECK(lists.first_device("geforse rtx 4090") == "nvidia-rtx-4090-24gb");
  CHECK(lists.first_device("radeom 7900 xtx") == "amd-rx-7900-xtx-24gb");
  CHECK(lists.first_model("zzzzqqq").empty());
}

}  // namespace
}  // namespace headroom
