// What a config.json may say beside its figures: quantization, stretched contexts, lists per layer, sections within
// sections, names that only the class gives; and what it says wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/catalog/import/hf_config.h"
#include "core/catalog/import/import_session.h"
#include "core/catalog/json_text.h"
#include "tests/import/note_in_short.h"

namespace headroom {
namespace {

using nlohmann::json;

json parsed(const std::string& text) { return json::parse(text, nullptr, false); }

json small() {
  return parsed(R"({"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":4,
    "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":100,"max_position_embeddings":512,
    "torch_dtype":"bfloat16"})");
}

Result<ImportedModel> model_of(const json& config) { return model_from_config(config, "test"); }

std::vector<std::string> format_ids() {
  std::ifstream in(HEADROOM_SOURCE_DIR "/data/formats.json");
  const json file = parsed({std::istreambuf_iterator<char>(in), {}});
  std::vector<std::string> ids;
  for (const json& row : file.is_array() ? file : file["formats"]) ids.push_back(row["id"]);
  return ids;
}

TEST_CASE("every way to state a quantization names a format of the catalog, or says that it does not know it") {
  struct Row {
    const char* section;  // of the configuration
    const char* id;
    const char* doubt;
  };
  const Row rows[] = {
      {R"({})", "BF16", ""},
      {R"({"dtype":"float16","torch_dtype":null})", "FP16", ""},
      {R"({"quantization_config":{"quant_method":"awq","bits":4,"group_size":128,"zero_point":true}})", "AWQ-INT4", ""},
      {R"({"quantization_config":{"quant_method":"awq","bits":4,"group_size":64}})", "AWQ-INT4-g64", ""},
      {R"({"quantization_config":{"quant_method":"gptq","bits":4,"group_size":128,"desc_act":false}})", "GPTQ-INT4",
       ""},
      {R"({"quantization_config":{"quant_method":"gptq","bits":8,"group_size":32}})", "INT8", "eight_bit GPTQ"},
      {R"({"quantization_config":{"quant_method":"gptq","bits":3,"group_size":128}})", "",
       "format_unknown \"GPTQ of 3 bits\""},
      {R"({"quantization_config":{"quant_method":"gptq_marlin","bits":4,"group_size":32}})", "GPTQ-INT4-g32", ""},
      {R"({"quantization_config":{"quant_method":"auto-round","bits":4,"group_size":128}})", "GPTQ-INT4", ""},
      {R"({"quantization_config":{"quant_method":"fp8","fmt":"e4m3","weight_block_size":[128,128]}})", "FP8", ""},
      {R"({"quantization_config":{"quant_method":"fbgemm_fp8"}})", "FP8", ""},
      {R"({"quantization_config":{"quant_method":"fp8","scale_fmt":"ue8m0"},"expert_dtype":"fp4"})", "FP8-FP4", ""},
      {R"({"quantization_config":{"quant_method":"mxfp4","modules_to_not_convert":["lm_head"]}})", "MXFP4", ""},
      {R"({"quantization_config":{"quant_method":"bitsandbytes","load_in_4bit":true,"bnb_4bit_quant_type":"nf4"}})",
       "BNB-NF4", ""},
      {R"({"quantization_config":{"quant_method":"bitsandbytes","load_in_8bit":true}})", "BNB-INT8", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors","format":"pack-quantized","ignore":["lm_head"],
          "config_groups":{"group_0":{"weights":{"num_bits":4,"type":"int","group_size":128}}}}})",
       "W4A16", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors","ignore":["lm_head","re:.*self_attn.*"],
          "config_groups":{"group_0":{"weights":{"num_bits":4,"type":"int","group_size":32}}}}})",
       "INT4", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors",
          "config_groups":{"group_0":{"weights":{"num_bits":8,"type":"float","strategy":"channel"}}}}})",
       "FP8", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors",
          "config_groups":{"group_0":{"weights":{"num_bits":8,"type":"float","strategy":"block"}}}}})",
       "FP8", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors","format":"int-quantized",
          "config_groups":{"group_0":{"weights":{"num_bits":8,"type":"int"}}}}})",
       "INT8", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors","format":"nvfp4-pack-quantized",
          "config_groups":{"group_0":{"weights":{"num_bits":4,"type":"float","group_size":16}}}}})",
       "NVFP4", ""},
      {R"({"quantization_config":{"quant_method":"compressed-tensors","format":"mixed-precision","config_groups":{
          "group_0":{"weights":{"num_bits":4,"type":"float","group_size":16}},
          "group_1":{"weights":{"num_bits":8,"type":"float"}}}}})",
       "NVFP4", "mixed_formats NVFP4"},
      {R"({"quantization_config":{"quant_method":"modelopt","quant_algo":"NVFP4","kv_cache_scheme":{"num_bits":8}}})",
       "NVFP4", ""},
      {R"({"quantization_config":{"quant_method":"modelopt","quant_algo":"W4A16_NVFP4"}})", "NVFP4", ""},
      {R"({"quantization_config":{"quant_method":"modelopt","quant_algo":"MIXED_PRECISION","quantized_layers":{
          "a":{"quant_algo":"FP8"},"b":{"quant_algo":"NVFP4"},"c":{"quant_algo":"NVFP4"}}}})",
       "NVFP4", "mixed_formats NVFP4"},
      {R"({"quantization":{"quant_algo":"FP8","kv_cache_quant_algo":"FP8"}})", "FP8", ""},
      {R"({"quantization_config":{"quant_method":"quark","global_quant_config":{"weight":{"dtype":"fp4","group_size":32}}}})",
       "MXFP4", ""},
      {R"({"quantization_config":{"quant_method":"quark","global_quant_config":{"weight":[{"dtype":"fp8_e4m3"},
          {"dtype":"int4"}]}}})",
       "W4A16", ""},
      {R"({"quantization_config":{"quant_method":"torchao","quant_type":"int8_weight_only"}})", "INT8", ""},
      {R"({"quantization_config":{"quant_method":"torchao","quant_type":{"default":{"_type":"Float8WeightOnlyConfig"}}}})",
       "FP8", ""},
      {R"({"quantization_config":{"quant_method":"hqq","quant_config":{"weight_quant_params":{"nbits":4}}}})", "",
       "format_unknown \"hqq\""},
      {R"({"quantization_config":{"quant_method":"aqlm"}})", "", "format_unknown \"aqlm\""},
      {R"({"quantization_config":{"quant_method":"bitnet"}})", "BitNet", ""},
      {R"({"quantization_config":{"quant_method":"exl2","bits":4.25,"head_bits":6}})", "EXL2-4.0bpw",
       "bits_as EXL2-4.0bpw"},
      {R"({"quantization_config":{"quant_method":"exl3","bits":3.0,"head_bits":6}})", "EXL3-3.0bpw", ""},
      {R"({"quantization":{"group_size":64,"bits":4,"mode":"affine"}})", "MLX-4bit", ""},
      {R"({"quantization_config":{"group_size":64,"bits":6}})", "MLX-6bit", ""},
      {R"({"quantization":{"group_size":32,"bits":4}})", "MLX-4bit-g32", ""},
      {R"({"quantization":{"group_size":128,"bits":4}})", "MLX-4bit", "groups 128 64"},
      {R"({"quantization":{"group_size":32,"bits":4,"mode":"mxfp4"}})", "MLX-mxfp4", ""},
      {R"({"quantization":{"group_size":16,"bits":4,"mode":"nvfp4"}})", "MLX-nvfp4", ""},
      {R"({"quantization":{"group_size":32,"bits":8,"mode":"mxfp8"}})", "MLX-mxfp8", ""},
      {R"({"quantization":{"group_size":32,"bits":4,"mode":"mxfp4","lm_head":{"group_size":64,"bits":8}}})",
       "MLX-MXFP4-Q8", ""},
      {R"({"quantization_config":{"quant_method":5,"bits":"four"}})", "", ""},
      {R"({"quantization_config":[4]})", "BF16", ""},
  };
  const std::vector<std::string> ids = format_ids();
  REQUIRE(ids.size() > 50);
  for (const Row& row : rows) {
    CAPTURE(std::string(row.section));
    json config = small();
    config.merge_patch(parsed(row.section));
    for (const bool nested : {false, true}) {
      json given = config;
      if (nested) given = json{{"model_type", "llava"}, {"torch_dtype", "bfloat16"}, {"text_config", config}};
      if (nested && config["torch_dtype"].is_null()) continue;
      const auto model = model_of(given);
      CHECK(model.ok());
      if (!model.ok()) continue;
      CHECK(model->format == row.id);
      CHECK(model->architecture.fp8_blocks == (std::string_view(row.section).find("block") != std::string_view::npos));
      CHECK((model->format.empty() || std::find(ids.begin(), ids.end(), model->format) != ids.end()));
      const bool doubted = !model->notes.empty();
      CHECK(doubted == (*row.doubt != '\0'));
      if (doubted) CHECK(testing::in_short(model->notes.back()) == row.doubt);
    }
  }
}

TEST_CASE("the longest context is that which the scaling of the positions reaches") {
  const std::vector<std::pair<const char*, std::uint32_t>> rows{
      {R"({})", 512},
      {R"({"rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":512}})", 2048},
      {R"({"max_position_embeddings":2048,"rope_scaling":{"type":"yarn","factor":4,"original_max_position_embeddings":512}})",
       2048},
      {R"({"rope_parameters":{"rope_type":"yarn","factor":16,"original_max_position_embeddings":64}})", 1024},
      {R"({"rope_scaling":{"rope_type":"llama3","factor":8.0,"original_max_position_embeddings":512}})", 512},
      {R"({"rope_scaling":{"rope_type":"linear","factor":8.0}})", 512},
      {R"({"model_max_length":8192})", 8192},
      {R"({"model_max_length":1e30})", 512},
      {R"({"rope_scaling":{"rope_type":"yarn","factor":1e9,"original_max_position_embeddings":512}})", 0},  // refused
      {R"({"rope_scaling":null})", 512},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.first));
    json config = small();
    config.merge_patch(parsed(row.first));
    const auto model = model_of(config);
    CHECK(model.ok() == (row.second != 0));
    if (model.ok()) CHECK(model->architecture.max_context == row.second);
  }
}

TEST_CASE("windows, heads and widths are taken layer by layer where a configuration lists them") {
  struct Row {
    const char* change;
    std::function<bool(const Architecture&)> holds;
  };
  const auto mixer = [](const Architecture& a, std::size_t layer) { return a.mixers[a.layers[layer].mixer]; };
  const auto ffn = [](const Architecture& a, std::size_t layer) { return a.ffns[a.layers[layer].ffn]; };
  const std::vector<Row> rows{
      {R"({"num_key_value_heads":[2,4,1,2]})",
       [&](const Architecture& a) { return mixer(a, 1).kv_heads == 4 && mixer(a, 2).kv_heads == 1; }},
      {R"({"intermediate_size":[128,128,256,128]})", [&](const Architecture& a) { return ffn(a, 2).width == 256; }},
      {R"({"model_type":"qwen2","sliding_window":16})", [&](const Architecture& a) { return mixer(a, 0).window == 0; }},
      {R"({"model_type":"qwen2","sliding_window":16,"use_sliding_window":true,"max_window_layers":2})",
       [&](const Architecture& a) { return mixer(a, 1).window == 0 && mixer(a, 2).window == 16; }},
      {R"({"model_type":"mistral","sliding_window":16})",
       [&](const Architecture& a) { return mixer(a, 3).window == 16; }},
      {R"({"model_type":"gpt_neo","attention_layers":["global","local","global","local"],"window_size":16})",
       [&](const Architecture& a) { return mixer(a, 0).window == 0 && mixer(a, 1).window == 16; }},
      {R"({"model_type":"mllama_text_model","cross_attention_layers":[1]})",
       [&](const Architecture& a) {
         return mixer(a, 1).kind == MixerKind::cross && mixer(a, 2).kind == MixerKind::gqa;
       }},
      // Nemotron-NAS: 2 heads share one, no attention in the second layer, no feed-forward part in the third
      {R"({"model_type":"nemotron-nas","num_key_value_heads":null,"intermediate_size":null,"block_configs":[
          {"attention":{"n_heads_in_group":2,"no_op":false},"ffn":{"ffn_mult":6,"no_op":false}},
          {"attention":{"n_heads_in_group":null,"no_op":true},"ffn":{"ffn_mult":6.5,"no_op":false}},
          {"attention":{"n_heads_in_group":4,"no_op":false},"ffn":{"ffn_mult":null,"no_op":true}},
          {"attention":{"n_heads_in_group":4,"no_op":false},"ffn":{"ffn_mult":6,"no_op":false}}]})",
       [&](const Architecture& a) {
         return mixer(a, 0).kv_heads == 2 && mixer(a, 1).kind == MixerKind::none && mixer(a, 2).kv_heads == 1 &&
                ffn(a, 0).width == 256 && ffn(a, 1).width == 512 && ffn(a, 2).kind == FfnKind::none;
       }},
      {R"({"model_type":"step3p5","num_key_value_heads":null,"num_attention_groups":2,"sliding_window":16,"num_experts":8,
          "layer_types":["full_attention","sliding_attention","sliding_attention","full_attention","full_attention"],
          "moe_layers_enum":"2,3","attention_other_setting":{"num_attention_heads":6,"num_attention_groups":3}})",
       [&](const Architecture& a) {
         return mixer(a, 0).kv_heads == 2 && mixer(a, 1).heads == 6 && mixer(a, 1).kv_heads == 3 &&
                ffn(a, 1).kind == FfnKind::dense && ffn(a, 2).kind == FfnKind::moe;
       }},
      {R"({"model_type":"exaone_moe","num_experts":8,"is_moe_layer":[false,true,true,false]})",
       [&](const Architecture& a) { return ffn(a, 0).kind == FfnKind::dense && ffn(a, 1).kind == FfnKind::moe; }},
      {R"({"model_type":"minimax_m3","num_local_experts":8,"moe_layer_freq":[0,1,1,1],"dense_intermediate_size":512})",
       [&](const Architecture& a) { return ffn(a, 0).width == 512 && ffn(a, 1).expert_width == 128; }},
      {R"({"model_type":"unheard_of","architectures":["Qwen3ForCausalLM"]})",
       [](const Architecture& a) { return a.gguf_arch == "qwen3"; }},
      {R"({"model_type":null,"architectures":["MistralForCausalLM"]})",
       [](const Architecture& a) { return a.gguf_arch == "llama"; }},
      {R"({"model_type":"bailing_moe","architectures":["BailingMoeV2ForCausalLM"]})",
       [](const Architecture& a) { return a.gguf_arch == "bailingmoe2"; }},
      {R"({"model_type":"xlm-roberta","max_position_embeddings":514})",
       [](const Architecture& a) { return a.max_context == 512 && a.position_rows == 514; }},
      {R"({"num_nextn_predict_layers":1})", [](const Architecture& a) { return a.mtp.layers == 1; }},
      {R"({"tie_word_embeddings":true})", [](const Architecture& a) { return a.tied_embeddings; }},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.change));
    json config = small();
    config.merge_patch(parsed(row.change));
    const auto model = model_of(config);
    CHECK_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    if (!model.ok()) continue;
    CHECK(model->architecture.layers.size() == 4);
    CHECK(row.holds(model->architecture));
    CHECK_MESSAGE(model->notes.empty(), (model->notes.empty() ? "" : testing::in_short(model->notes[0])));
  }
}

TEST_CASE("what is not known is named, never passed over") {
  struct Row {
    const char* change;
    const char* note;
  };
  const Row rows[] = {
      {R"({"model_type":"unheard_of"})", "type_unknown \"unheard_of\""},
      {R"({"model_type":null})", "type_missing"},
      {R"({"layer_types":["full_attention","dreaming","full_attention","full_attention"]})", "layer_type \"dreaming\""},
      {R"({"sparse_attention_config":{"sparse_index_dim":8}})", "sparse_index"},
      {R"({"vision_config":{"model_type":"unheard_of"}})", "tower_unknown"},
      {R"({"audio_config":{"model_type":"unheard_of"}})", "audio_unknown"},
      {R"({"talker_config":{"hidden_size":8}})", "speaks talker_config"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.change));
    json config = small();
    config.merge_patch(parsed(row.change));
    const auto model = model_of(config);
    CHECK_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    if (!model.ok()) continue;
    CHECK(model->notes.size() == 1);
    if (!model->notes.empty()) CHECK(testing::in_short(model->notes[0]) == row.note);
  }
  const auto gemma = model_of(parsed(
      R"({"model_type":"gemma3","text_config":{"model_type":"gemma3_text","hidden_size":64,"num_hidden_layers":2}})"));
  REQUIRE(gemma.ok());
  CHECK(gemma->notes.size() == 1);
  CHECK(testing::in_short(gemma->notes[0]).find("num_attention_heads, num_key_value_heads") != std::string::npos);
}

TEST_CASE("figures that make no sense are refused by name") {
  struct Row {
    const char* change;
    const char* message;
  };
  const Row rows[] = {
      {R"({"num_attention_heads":0})", "num_attention_heads: missing or 0"},
      {R"({"num_attention_heads":0,"model_type":"rwkv6"})", "model_type \"rwkv6\" is not known"},
      {R"({"num_attention_heads":5,"num_key_value_heads":5})",
       "without head_dim allowed are divisors of the width, 64"},
      {R"({"num_key_value_heads":3})", "3 was given; allowed are divisors of the 4 attention heads"},
      {R"({"num_key_value_heads":8})", "8 was given; allowed are divisors of the 4 attention heads"},
      {R"({"num_hidden_layers":0})", "num_hidden_layers"},
      {R"({"num_hidden_layers":-4})", "-4 was given"},
      {R"({"num_hidden_layers":2.5})", "2.5 was given"},
      {R"({"num_hidden_layers":1e308})", "1e+308 was given"},
      {R"({"num_hidden_layers":"32"})", "\"32\" was given"},
      {R"({"num_hidden_layers":100000})", "100000 was given"},
      {R"({"num_key_value_heads":[2,2]})", "2 entries were given; allowed is one for each of the 4 layers"},
      {R"({"num_key_value_heads":[2,2,"2",2]})", "an entry is \"2\""},
      {R"({"vocab_size":0})", "vocab_size"},
      {R"({"vocab_size":18446744073709551615})", "18446744073709551615 was given"},
      {R"({"hybrid_override_pattern":"M*"})", "2 layers are listed, but there are 4"},
      {R"({"model_type":"albert","num_hidden_groups":1})", "uses the weights of one layer for all"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.change));
    json config = small();
    config.merge_patch(parsed(row.change));
    const auto model = model_of(config);
    CHECK_FALSE(model.ok());
    if (!model.ok()) CHECK_MESSAGE(model.error().message.find(row.message) != std::string::npos, model.error().message);
  }
}

TEST_CASE("files that lie beside a config.json are told apart and named") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {R"({"peft_type":"LORA","r":16,"base_model_name_or_path":"org/base"})",
       "adapter_config.json of rank 16 for \"org/base\""},
      {R"({"tokenizer_class":"LlamaTokenizer","model_max_length":4096})", "a tokenizer's configuration"},
      {R"({"version":"1.0","added_tokens":[],"model":{"type":"BPE"}})", "a tokenizer.json"},
      {R"({"bos_token_id":1,"eos_token_id":2,"transformers_version":"4.5"})", "a generation_config.json"},
      {R"({"image_processor_type":"CLIPImageProcessor"})", "a preprocessor's configuration"},
      {R"({"producer":{"name":"modelopt"},"quantization":{"quant_algo":"NVFP4"}})", "a quantization's configuration"},
      {R"({"_class_name":"FluxPipeline","transformer":["diffusers","FluxTransformer2DModel"]})",
       "\"FluxPipeline\" is a part"},
      {R"({"_class_name":"UNet2DConditionModel","in_channels":4})", "chosen from the catalog"},
      {R"({"num_train_timesteps":1000,"beta_start":0.1})", "a scheduler's configuration"},
      {R"({"chat_template":"x"})", "a chat template"},
      {R"({})", "hidden_size"},
      {R"([1])", "a JSON object is expected"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    const std::string text(row.text);
    const auto model = import_model({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "config.json");
    CHECK_FALSE(model.ok());
    if (!model.ok()) CHECK_MESSAGE(model.error().message.find(row.message) != std::string::npos, model.error().message);
  }
}

TEST_CASE("JSON that cannot be read says what is wrong with it") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {R"({"hidden_size": 64,)", "it is cut off"},    {R"({"a": "b)", "it is cut off"},
      {R"({"a": NaN})", "NaN and Infinity"},          {R"({"a": [1, -Infinity]})", "NaN and Infinity"},
      {R"({"a": 1,})", "a comma stands before"},      {R"({'a': 1})", "double quotes"},
      {R"({"a": 1}})", "closed that was not opened"}, {R"({"a": 1 "b": 2})", "bytes)"},
      {R"({"a": "it's NaN, }"} x)", "bytes)"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.first));
    const auto value = parse_json(row.first, "config.json");
    CHECK_FALSE(value.ok());
    if (!value.ok()) CHECK_MESSAGE(value.error().message.find(row.second) != std::string::npos, value.error().message);
  }
}

}  // namespace
}  // namespace headroom
