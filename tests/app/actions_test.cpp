// What a person does, and what comes of it.
#include <algorithm>
#include <cmath>
#include <string>

#include "tests/app/fixture.h"
#include "wasm/app/address.h"
#include "wasm/app/screens/models/filter_link.h"
#include "wasm/app/screens/models/model_view.h"
#include "wasm/app/theme.h"
#include "wasm/app/wrap.h"

namespace headroom {
namespace {

std::string search_devices() { return "Search " + std::to_string(test_catalog().devices().size()) + " devices"; }

TEST_CASE("typing a name and Enter chooses a device, and the answer follows at once") {
  Running running(1440, 900, true, "en", "");
  running.settle();
  const std::uint64_t before = running.app->session().revision();
  REQUIRE(running.click(search_devices()));
  running.type("h20 96");
  running.press(ImGuiKey_Enter);
  CHECK(running.app->session().scenario().hardware.device.id == "nvidia-h20-96gb");
  CHECK(running.app->session().revision() > before);
  REQUIRE(running.app->session().answer().ok());
  CHECK(running.app->session().answer()->scenario.system.devices[0]->id == "nvidia-h20-96gb");
  CHECK(running.platform.settings.fragment.find("nvidia-h20-96gb") != std::string::npos);
}

TEST_CASE("arrows move in the list and Escape leaves the choice alone") {
  Running running(1440, 900, true, "en", "");
  running.settle();
  const std::string before = running.app->session().scenario().hardware.device.id;
  REQUIRE(running.click(search_devices()));
  running.type("h100");
  running.press(ImGuiKey_DownArrow);
  running.press(ImGuiKey_Escape);
  CHECK(running.app->session().scenario().hardware.device.id == before);
}

TEST_CASE("a format's row chooses the format") {
  Running running(1440, 2400, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb");
  running.settle();
  REQUIRE(running.click("Q8_0"));
  running.frame(2);
  CHECK(running.app->session().scenario().quantization == "Q8_0");
}

TEST_CASE("a page opened without a scenario puts the one it answers into its address") {
  Running running(1440, 900, true, "en", "");
  running.settle();
  CHECK(running.platform.settings.fragment.find("m=" + running.app->session().scenario().model) != std::string::npos);
}

TEST_CASE("another model or device is a step of the history, how it runs is not, and the title names both") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb");
  running.settle();
  CHECK(running.platform.seen.history.empty());
  CHECK(running.platform.seen.title == "Llama 3.1 8B on GeForce RTX 4090 · Headroom");
  Session& session = running.app->session();
  session.change([](ScenarioSpec& spec) { spec.context = 4096; });
  session.choose_format("Q8_0");
  session.change([](ScenarioSpec& spec) { spec.hardware.device.count = 2; });
  running.settle();
  CHECK(running.platform.seen.history.empty());
  session.choose_model(*test_catalog().find_model("llama-3.2-1b"));
  running.settle();
  CHECK(running.platform.seen.history.size() == 1);
  session.choose_device(*test_catalog().find_device("nvidia-h20-96gb"));
  running.settle();
  CHECK(running.platform.seen.history.size() == 2);
  running.app->set_language(Language::es);
  running.settle();
  CHECK(running.platform.seen.title.find(" en 2 × H20") != std::string::npos);
  CHECK(running.platform.seen.history.size() == 2);
}

TEST_CASE("a page that opens on the machine at hand has made no step of the history") {
  Running running(1440, 900, true, "en", "");
  running.platform.settings.machine.renderer = "NVIDIA GeForce RTX 3090/PCIe/SSE2";
  running.app->machine_known();
  running.settle();
  CHECK(running.app->session().scenario().hardware.device.id == "nvidia-rtx-3090-24gb");
  CHECK(running.platform.seen.history.empty());
}

TEST_CASE("what is copied without a text field is the verdict and the figures, with a message") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M");
  running.settle();
  const std::string text = static_cast<PlatformClient&>(*running.app).copied();
  const Session& session = running.app->session();
  const Result<Answer>& answer = running.app->session().answer();
  CHECK(text.find(session.texts().render(answer->estimate.verdict.text)) != std::string::npos);
  CHECK(text.find("\nGeneration: " + join(format_rate(answer->estimate.speed.decode_tok_s.p50, Language::en)) + " (") !=
        std::string::npos);
  CHECK(text.find("https://example.org/headroom/#v=1") != std::string::npos);
  CHECK(text.find('|') == std::string::npos);
  running.frame();
  CHECK_FALSE(running.platform.seen.announced.empty());
}

TEST_CASE("a format that brought its engine goes where no engine runs it, and a chosen one keeps the engine at hand") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-70b&hw=nvidia-h20-96gb&q=FP8");
  running.frame(2);
  Session& session = running.app->session();
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->scenario.engine->id == "vllm");
  session.choose_device(*test_catalog().find_device("apple-m2-ultra-76c-192gb"));
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->scenario.engine->id == "llama.cpp");
  CHECK_FALSE(session.scenario().quantization.has_value());
  // Of llama.cpp's formats, 16 bit is one that a data center would serve with another engine.
  session.choose_device(*test_catalog().find_device("nvidia-h20-96gb"));
  session.choose_format("BF16");
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->scenario.engine->id == "llama.cpp");
}

TEST_CASE("system memory can be told where it counts, and stays when another card takes the slot") {
  Running running(1440, 900, true, "en", "v=1&m=qwen3-235b-a22b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M");
  running.settle();
  Session& session = running.app->session();
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->estimate.placement.status == FitStatus::does_not_fit);
  REQUIRE(running.click("192"));
  CHECK(session.scenario().hardware.host.memory_bytes == gibibytes(192).value());
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->estimate.placement.status == FitStatus::offload);
  session.choose_device(*test_catalog().find_device("nvidia-rtx-3090-24gb"));
  CHECK(session.scenario().hardware.host.memory_bytes == gibibytes(192).value());
  session.choose_device(*test_catalog().find_device("apple-m2-ultra-76c-192gb"));
  CHECK_FALSE(session.scenario().hardware.host.memory_bytes.has_value());
  running.settle();
  CHECK(running.find("1,024") == nullptr);
}

TEST_CASE("what an engine decides can be told, opens with its scenario, and is forgotten where it has no meaning") {
  std::string link;
  {
    Running running(1440, 3600, true, "en", "v=1&m=mixtral-8x7b-instruct-v0.1&hw=nvidia-rtx-3090-24gb&n=2&q=Q4_K_M");
    running.settle();
    Session& session = running.app->session();
    REQUIRE(session.answer().ok());
    CHECK(running.find("by layers") == nullptr);
    REQUIRE(running.click("More settings"));
    running.settle();
    REQUIRE(running.click("by layers"));
    CHECK(session.answer()->estimate.placement.split == Split::layer);
    REQUIRE(running.click("vulkan"));
    CHECK(session.answer()->scenario.system.backend == Backend::vulkan);
    const Inspector::Item* slider = running.find("Layers on the device");
    REQUIRE(slider != nullptr);
    running.click((slider->left + slider->right) / 2, (slider->top + slider->bottom) / 2);
    const auto layers = static_cast<std::uint32_t>(session.scenario().gpu_layers);
    CHECK(layers > 10);
    CHECK(layers < 25);
    CHECK(session.answer()->estimate.placement.gpu_layers == layers);
    running.settle();
    REQUIRE(running.click("off"));
    CHECK(session.scenario().flash_attention == false);
    link = running.platform.settings.fragment;
  }
  Running running(1440, 3600, true, "en", link.c_str());
  running.settle();
  Session& session = running.app->session();
  CHECK(session.scenario().split == Split::layer);
  CHECK(running.find("by layers") != nullptr);
  REQUIRE(running.click("back to automatic"));
  CHECK(session.scenario().gpu_layers == kAuto);
  session.choose_engine("vllm");
  CHECK_FALSE(session.scenario().backend.has_value());
  CHECK(session.scenario().split == Split::layer);  // its pipeline
  session.choose_engine("exllamav3");
  CHECK(session.answer().ok());
}

TEST_CASE("a drafter and adapters can stand beside the model, and go where they have no meaning") {
  Running running(1440, 3600, true, "en", "v=1&m=llama-3.1-70b&hw=nvidia-rtx-3090-24gb&n=2&q=Q4_K_M");
  running.settle();
  Session& session = running.app->session();
  REQUIRE(running.click("More settings"));
  running.settle();
  CHECK(running.find("MTP layers") == nullptr);
  const double alone = session.answer()->estimate.speed.decode_tok_s.p50;
  REQUIRE(running.click("Draft model"));
  REQUIRE(session.answer().ok());
  CHECK(session.scenario().draft->model == "llama-3.2-1b");
  CHECK(session.answer()->estimate.placement.draft > Bytes(0));
  CHECK(session.answer()->estimate.speed.decode_tok_s.p50 > alone);
  running.settle();
  REQUIRE(running.click("90"));  // accepted, %
  CHECK(session.scenario().speculation->acceptance == doctest::Approx(0.9));
  CHECK(session.scenario().speculation->kind == SpeculationKind::draft_model);

  session.change([](ScenarioSpec& spec) { spec.adapters = {{32, 2}}; });
  running.settle();
  REQUIRE(running.click("64"));
  CHECK(session.scenario().adapters.front().rank == 64);
  CHECK(session.scenario().adapters.front().count == 2);
  const auto adapters = [&session] { return session.answer()->estimate.placement.adapters; };
  const Bytes everywhere = adapters();
  running.settle();
  REQUIRE(running.click("Attention"));
  CHECK(session.scenario().adapters.front().targets == adapter_target::attention);
  CHECK(session.scenario().adapters.front().rank == 64);
  CHECK(adapters() < everywhere);
  CHECK(running.find("Routed experts too") == nullptr);  // of a dense model
  // What no chip says is one of its own, and stays until another is chosen.
  session.change([](ScenarioSpec& spec) { spec.adapters.front().targets = adapter_target::q | adapter_target::v; });
  running.settle();
  CHECK(running.find("q_proj v_proj") != nullptr);
  REQUIRE(running.click("Attention and feed-forward"));
  CHECK(session.scenario().adapters.front().targets == adapter_target::usual);
  CHECK(adapters() == everywhere);

  session.choose_engine("tgi");
  CHECK_FALSE(session.scenario().draft);
  CHECK_FALSE(session.scenario().adapters.empty());
  session.choose_engine("lm-studio");
  CHECK(session.scenario().adapters.empty());
  CHECK(session.answer().ok());
}

TEST_CASE("cards of several kinds stand in one machine") {
  Running running(1440, 900, true, "en", "v=1&m=qwen3-32b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M");
  running.settle();
  Session& session = running.app->session();
  REQUIRE(running.click("add another card"));
  running.settle();
  running.type("3060 12");
  running.press(ImGuiKey_Enter);
  running.settle();
  REQUIRE(session.scenario().hardware.others.size() == 1);
  CHECK(session.scenario().hardware.others[0].id == "nvidia-rtx-3060-12gb");
  REQUIRE(session.answer().ok());
  const std::string verdict = session.texts().render(session.answer()->estimate.verdict.text);
  CHECK(verdict.find("GeForce RTX 4090 + GeForce RTX 3060 12 GB") != std::string::npos);
  const auto price = [&running] {
    const auto& values = running.inspector.values();
    const auto found =
        std::find_if(values.begin(), values.end(), [](const auto& value) { return value.name == "price"; });
    return found == values.end() ? std::string() : found->text;
  };
  const std::string of_two = price();
  CHECK(of_two.find('$') != std::string::npos);
  REQUIRE(running.click("Number of GeForce RTX 3060 12 GB +1"));
  running.settle();
  CHECK(price() != of_two);
  CHECK(session.scenario().hardware.others[0].count == 2);
  CHECK(session.answer()->scenario.system.devices.size() == 3);

  session.add_device(*test_catalog().find_device("amd-rx-7900-xtx-24gb"));
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->scenario.system.backend == Backend::vulkan);  // which all of them have
  session.choose_device(*test_catalog().find_device("nvidia-rtx-3060-12gb"));
  REQUIRE(session.scenario().hardware.others.size() == 1);  // the AMD card
  session.choose_device(*test_catalog().find_device("apple-m4-max-40c-128gb"));
  CHECK(session.scenario().hardware.others.empty());
}

TEST_CASE("an accelerator with software of its own brings its engine along") {
  Running running(1440, 900, true, "en", "v=1&m=qwen3-8b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M&e=llama.cpp");
  running.settle();
  Session& session = running.app->session();
  session.choose_device(*test_catalog().find_device("google-tpu-v6e-32gb"));
  REQUIRE(session.answer().ok());
  CHECK(session.answer()->scenario.engine->id == "vllm");
  CHECK(engine_is_made(session.answer()->scenario));
  session.choose_device(*test_catalog().find_device("groq-lpu-v1-230mb"));  // which none of them was made for
  REQUIRE(session.answer().ok());
  CHECK_FALSE(engine_is_made(session.answer()->scenario));
  running.settle();
  CHECK(running.find("Copy link") != nullptr);
}

TEST_CASE("training is asked for where its answer stands") {
  Running running(1440, 3600, false, "en", "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M");
  running.settle();
  Session& session = running.app->session();
  REQUIRE(running.click("Full"));
  REQUIRE(session.answer()->tuning);
  CHECK(session.answer()->tuning->share.total() > session.answer()->tuning->usable);
  running.settle();
  REQUIRE(running.click("QLoRA"));
  CHECK(session.answer()->tuning->share.total() < session.answer()->tuning->usable);
  running.settle();
  REQUIRE(running.click("SGD"));
  CHECK(session.scenario().finetune->optimizer == Optimizer::sgd);
  CHECK(session.scenario().finetune->method == TuneMethod::qlora);
  const Bytes mixed = session.answer()->tuning->share.total();
  running.settle();
  REQUIRE(running.click("All in 16 bit"));
  CHECK(session.scenario().finetune->precision == TunePrecision::bf16);
  CHECK(session.scenario().finetune->optimizer == Optimizer::sgd);
  CHECK(session.answer()->tuning->share.total() < mixed);
  const auto& items = running.inspector.items();
  CHECK(std::any_of(items.begin(), items.end(), [](const auto& item) { return item.label == "why?##tune-why"; }));
}

TEST_CASE("a kernel package is offered where it concerns the device and the model, and only there") {
  Running running(1440, 3600, true, "en", "v=1&m=kimi-linear-48b-a3b-instruct&hw=nvidia-h20-141gb&q=BF16&e=vllm");
  running.settle();
  Session& session = running.app->session();
  REQUIRE(session.answer().ok());
  const double before = session.answer()->estimate.speed.prefill_tok_s.p50;
  REQUIRE(running.click("More settings"));
  running.settle();
  REQUIRE(running.click("on"));
  CHECK(session.scenario().kernels == std::vector<std::string>{"flashkda"});
  CHECK(session.answer()->estimate.speed.prefill_tok_s.p50 > before);
  running.settle();
  REQUIRE(running.click("off"));
  CHECK(session.scenario().kernels.empty());
  session.choose_device(*test_catalog().find_device("nvidia-h200-sxm-141gb"));
  running.settle();
  CHECK(running.find("on") == nullptr);
}

TEST_CASE("what was measured on one machine is not said of another") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb&mydec=1.25");
  running.settle();
  REQUIRE(running.app->session().scenario().personal.has_value());
  const std::optional<std::size_t> other = running.app->session().catalog().find_device("nvidia-h20-96gb");
  REQUIRE(other.has_value());
  running.app->session().choose_device(*other);
  CHECK_FALSE(running.app->session().scenario().personal.has_value());
}

TEST_CASE("back and forward bring the scenario of the address") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&n=2");
  running.settle();
  CHECK(running.app->session().scenario().hardware.device.count == 2);
  running.app->address_changed("v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&n=8&screen=models");
  running.settle();
  CHECK(running.app->session().scenario().hardware.device.count == 8);
  running.app->address_changed("%%%");
  running.settle();
  CHECK(running.app->session().scenario().hardware.device.count == 8);
}

TEST_CASE("the link is copied with the scenario in it") {
  Running running(1440, 900, true, "en", "v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb");
  running.settle();
  REQUIRE(running.click("Copy link"));
  CHECK(running.platform.seen.copied.find("https://example.org/headroom/#") == 0);
  CHECK(running.platform.seen.copied.find("llama-3.1-8b") != std::string::npos);
}

TEST_CASE("the language can be changed while running") {
  Running running(1440, 900, true, "en", "");
  running.settle();
  REQUIRE(running.click("EN"));
  REQUIRE(running.click("Español"));
  running.frame(3);
  CHECK(running.find("Copiar enlace") != nullptr);
  CHECK(running.platform.seen.language == "es");
}

TEST_CASE("addresses carry the screen and the scenario") {
  ScenarioSpec spec;
  spec.model = "llama-3.1-8b";
  spec.hardware.device.id = "nvidia-h20-96gb";
  const ViewState view{{"fs", "all"}, {"fq", "qwen 3 & more"}};
  const Address read = read_address(write_address("models", view, spec));
  CHECK(read.view == view);
  CHECK(read_address(write_address("", {}, spec)).view.empty());
  CHECK(read.screen == "models");
  REQUIRE(read.scenario.has_value());
  CHECK(read.scenario->model == "llama-3.1-8b");
  CHECK(read_address("").scenario.has_value() == false);
  CHECK_FALSE(read_address("").problem.has_value());
  CHECK(read_address("screen=models").scenario.has_value() == false);
  CHECK(read_address("models").screen == "models");
  CHECK(read_address("a=b&c").foreign);
  CHECK_FALSE(read_address("v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&c=-7").foreign);
}

TEST_CASE("the filters of the Models screen make the way through the address") {
  using models::Field;
  using models::Kind;
  using models::Listing;
  using models::Show;
  std::vector<Listing> listings(7);
  listings[1].filter.show = Show::all;
  listings[2].filter.kind = Kind::embedding;
  listings[3].filter.fast = listings[3].filter.good_grade = true;
  listings[4].filter.query = "qwen 3 & 4 = 7 %";
  listings[5].sort_by = Field::ttft;
  listings[5].descending = false;
  listings[6] = {{"x", Show::runs, Kind::speech, true, true, true, true}, Field::name, true};
  CHECK(models::state_of(listings[0]).empty());
  ScenarioSpec spec;
  spec.model = "llama-3.1-8b";
  spec.hardware.device.id = "nvidia-h20-96gb";
  for (const Listing& listing : listings) {
    const Address address = read_address(write_address("models", models::state_of(listing), spec));
    const models::ListingReading read = models::read_listing(address.view);
    CHECK(read.listing == listing);
    CHECK_FALSE(read.problem.has_value());
    CHECK_FALSE(address.problem.has_value());
  }
  for (const char* bad : {"fs=some", "fk=", "fl=fast,slow", "fo=yes", "fc=-good_for"}) {
    CAPTURE(std::string(bad));
    const models::ListingReading read = models::read_listing(read_address(bad).view);
    REQUIRE(read.problem.has_value());
    CHECK(read.problem->message.find("allowed are") != std::string::npos);
    CHECK(read.problem->code == ErrorCode::bad_value);
  }
  CHECK(models::read_listing(read_address("fl=fast,slow").view).listing.filter.fast);
}

TEST_CASE("a filter that is chosen stands in the address, and back brings the list before it") {
  const std::string first = "v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&screen=models";
  Running running(1440, 900, true, "en", (first + "&fk=embedding").c_str());
  running.settle();
  const auto fragment = [&]() -> const std::string& { return running.platform.settings.fragment; };
  CHECK(fragment().find("fk=embedding") != std::string::npos);
  const Inspector::Item* text = running.find("text");
  REQUIRE(text != nullptr);
  REQUIRE(running.click("text"));
  running.settle();
  CHECK(fragment().find("fk=") == std::string::npos);
  running.app->address_changed(first + "&fs=all");
  running.settle();
  CHECK(static_cast<PlatformClient&>(*running.app).copied().find("NaN") == std::string::npos);
  REQUIRE(running.click("Copy link"));
  CHECK(running.platform.seen.copied.find("fs=all") != std::string::npos);
  running.app->address_changed(first + "&fs=nonsense");
  running.settle();
  REQUIRE(running.click("Copy link"));
  CHECK(running.platform.seen.copied.find("fs=") == std::string::npos);
}

double luminance(ImU32 color) {
  const auto linear = [](ImU32 byte) {
    const double c = static_cast<double>(byte) / 255;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(color & 0xFF) + 0.7152 * linear((color >> 8) & 0xFF) + 0.0722 * linear((color >> 16) & 0xFF);
}

double contrast(ImU32 a, ImU32 b) {
  const double la = luminance(a), lb = luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

TEST_CASE("text is readable on every surface of both themes") {
  constexpr double kReadable = 4.5;  // WCAG 2 AA
  for (const bool dark : {true, false}) {
    const Theme& theme = theme_for(dark);
    CAPTURE(dark);
    for (const ImU32 surface : {theme.background, theme.card, theme.raised}) {
      CHECK(contrast(theme.text, surface) >= kReadable);
      CHECK(contrast(theme.muted, surface) >= kReadable);
    }
    for (const ImU32 word : {theme.good, theme.warning, theme.bad, theme.accent}) {
      CHECK(contrast(word, theme.card) >= kReadable);
    }
    CHECK(contrast(theme.on_accent, theme.accent) >= kReadable);
    for (const ImU32 tile : {theme.good, theme.warning, theme.bad}) CHECK(contrast(theme.on_status, tile) >= kReadable);
  }
}

TEST_CASE("lines break at spaces and between Chinese characters") {
  CHECK(may_break_between(U' ', U'a'));
  CHECK_FALSE(may_break_between(U'a', U' '));
  CHECK_FALSE(may_break_between(U'a', U'b'));
  CHECK(may_break_between(U'模', U'型'));
  CHECK_FALSE(may_break_between(U'型', U'。'));
  CHECK_FALSE(may_break_between(U'（', U'型'));
  CHECK(decode_first("é").value == U'é');
  CHECK(decode_first("\xFF").bytes == 1);
  CHECK(decode_first("\xE6\xA8").bytes == 1);
}

TEST_CASE("a caret asks for frames while it blinks, and for none where nothing shall move") {
  Running running(1440, 900, true, "en", "v=1&m=qwen3-32b&hw=nvidia-rtx-4090-24gb&q=Q4_K_M");
  running.settle();
  REQUIRE(running.click("add another card"));  // opens a field to type in
  running.settle();
  for (const bool blinks : {true, false}) {
    ImGui::GetIO().ConfigInputTextCursorBlink = blinks;
    running.frame();
    REQUIRE(ImGui::GetIO().WantTextInput);
    CHECK(running.platform.waits_for_frame() == blinks);
  }
}

TEST_CASE("what also sees is found among the models that write text, and the headline counts what is listed") {
  Running running(1440, 900, true, "en", "screen=models&v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb");
  running.settle();
  Session& session = running.app->session();
  REQUIRE(session.ranking() != nullptr);
  const std::size_t total = session.ranking()->size();
  models::Filter filter;
  filter.query = "qwen3.6 27b";
  const auto key_of = [&](std::size_t model) -> const SearchKey& { return session.search_key_of(model); };
  CHECK(models::count_passing(*session.ranking(), session.catalog(), key_of, filter, session.model_filters()).shown >
        0);
  const auto listed = [&] {
    const auto& values = running.inspector.values();
    const auto found =
        std::find_if(values.begin(), values.end(), [](const auto& value) { return value.name == "listed"; });
    return found == values.end() ? std::string() : found->text;
  };
  const std::string number = format_number(static_cast<double>(total), 0, Language::en);
  CHECK(listed().find("of " + number + " models fit") != std::string::npos);
  CHECK(running.find("speech") != nullptr);
  const std::string before = listed();
  REQUIRE(running.click("speech"));
  running.settle();
  CHECK(listed() != before);
}

TEST_CASE("an empty list of models says where there are some, and leads back") {
  Running running(1440, 900, true, "en", "screen=models&v=1&m=llama-3.1-8b&hw=nvidia-rtx-4090-24gb");
  running.settle();
  const auto key_of = [&](std::size_t model) -> const SearchKey& {
    return running.app->session().search_key_of(model);
  };
  models::Filter filter;
  filter.query = "whisper large-v3-turbo";
  const std::vector<RankedModel>& ranking = *running.app->session().ranking();
  const std::vector<models::Elsewhere> found =
      models::elsewhere(ranking, test_catalog(), key_of, filter, running.app->session().model_filters());
  REQUIRE(found.size() == 1);
  CHECK(found[0].filter.kind == models::Kind::speech);
  CHECK(found[0].count == 1);
  filter.query = "llama 3.1 405b";
  const std::vector<models::Elsewhere> larger =
      models::elsewhere(ranking, test_catalog(), key_of, filter, running.app->session().model_filters());
  REQUIRE_FALSE(larger.empty());
  CHECK(larger.back().filter.show == models::Show::all);
  REQUIRE(running.click("speech"));
  running.settle();
  REQUIRE(running.click("grade B"));
  REQUIRE(running.click("32K context"));
  running.settle();
  REQUIRE(running.click("Clear search and filters"));
  running.settle();
  CHECK(running.find("Clear search and filters") == nullptr);
}

}  // namespace
}  // namespace headroom
