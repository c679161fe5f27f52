// Types of headroom.mjs. Bytes, tokens and counts are whole numbers; seconds, tokens per second, shares (0..1), watts
// and US dollars are not. null means unknown.

export type ErrorCode =
  | 'unknown_model' | 'unknown_hardware' | 'unknown_quantization' | 'unknown_engine'
  | 'bad_value' | 'bad_json' | 'bad_file' | 'unsupported';

/** Thrown for bad input: the message names the field, what was given and what is allowed. */
export class HeadroomError extends Error {
  readonly code: ErrorCode;
}

export type FitStatus = 'fits' | 'tight' | 'offload' | 'does_not_fit';
export type Bound = 'memory' | 'compute' | 'interconnect' | 'host' | 'overhead';
export type Split = 'auto' | 'layer' | 'tensor' | 'expert' | 'none';
export type Confidence = 'measured' | 'calibrated' | 'extrapolated' | 'theoretical';
export type Grade = 'A' | 'B' | 'C' | 'D' | 'E' | 'F';

export interface Range { p10: number; p50: number; p90: number }

// --- what goes in ---

export interface Throughput {
  fp32?: number | null; tf32?: number | null; fp16?: number | null; bf16?: number | null;
  fp8?: number | null; int8?: number | null; fp4?: number | null;
}

export interface CustomLink { gbs_per_direction: number; latency_us?: number }

/** A device that is not in the catalog. What hr.hardware(id) returns fits, too. */
export interface CustomDevice {
  name?: string;
  memory_bytes: number;
  mem_bandwidth_gbs?: number | null;
  /** 10^12 dense operations per second. */
  dense_tflops?: Throughput;
  vendor?: string;
  class?: string;
  architecture?: string | null;
  compute_capability?: string | null;
  unified_memory?: boolean;
  usable_fraction?: number | null;
  drives_display?: boolean;
  backend?: string;
  tdp_w?: number | null;
  peer_link?: CustomLink | null;
  host_link?: CustomLink | null;
  [field: string]: unknown;
}

export interface Host {
  id?: string | null;
  memory_bytes?: number | null;
  mem_bandwidth_gbs?: number | null;
  link?: string | null;
}

export interface Hardware {
  device: string | CustomDevice;
  count?: number;
  others?: { device: string | CustomDevice; count?: number }[];
  interconnect?: 'auto' | string | CustomLink;
  usable_fraction?: number | null;
  /**
   * Of each device, for what is not the model. Left out: 600 MiB of a card that usually draws a screen. Windows keeps
   * about 1.1 GiB of such a card; a machine without a screen is told with 0.
   */
  reserved_bytes?: number | null;
  host?: Host | string | null;
}

/** What importModel returns, or {config: a Hugging Face config.json}. */
export interface ModelRecord {
  name?: string;
  config?: Record<string, unknown>;
  /** `notes`: what had to be assumed, each an object: a code and what it is about; a warning `import_note` of an estimate says each in the scenario's language. */
  summary?: {notes: {code: string; what?: string; more?: string}[]; [figure: string]: unknown};
  [field: string]: unknown;
}

export interface Lengths { prompt?: number; output?: number; cached_prefix?: number }

/** Measured / estimated, each 0.1 to 10; 1 where left out. */
export interface PersonalFactors {
  decode?: number; prefill?: number;
  /** Four of five repetitions are within this share of the median; they narrow the ranges. */
  decode_spread?: number; prefill_spread?: number;
  /** What was measured. With another engine, backend or device the factors change nothing. */
  engine?: string; backend?: string; device?: string; model?: string; quantization?: string;
  /** How it was run: what is asked alike is narrowed to the spread, other models, formats, cache types and depths on the
   *  same machine in part; other numbers of users or devices, drafted tokens, or another share of the host only shift.
   *  Where `devices` is left out, as in links of before, nothing is narrowed by more than half. */
  devices?: number;
  /** Sequences at a time, from the fewest to the most (default 1). */
  users?: number; most_users?: number;
  /** Tokens in the cache, from the fewest to the most: at the mean token written, at the end of a prompt. */
  decode_depth?: number; decode_most_depth?: number; prefill_depth?: number; prefill_most_depth?: number;
  /** Of a value in the cache, K and V averaged. */
  cache_bits?: number;
  /** Share of the weights that no device held, and 1 more where the cache was in system memory. */
  host_share?: number;
}

/** Defaults: lora, adamw, rank 16, 2,048 tokens, batch 1, checkpointing and flash attention on. */
export interface Finetune {
  method?: 'full' | 'lora' | 'qlora';
  optimizer?: 'adamw' | 'adamw_8bit' | 'sgd';
  /** mixed: 16-bit weights beside a 32-bit master copy and moments; bf16: everything in 16 bit. */
  precision?: 'mixed' | 'bf16';
  /** Of the adapters; unused for full. */
  rank?: number;
  /** Tokens of one training sequence, and sequences of one step on each device. */
  sequence?: number;
  batch?: number;
  /** Whether activations of a layer are computed again in the backward pass rather than kept. */
  checkpointing?: boolean;
  flash_attention?: boolean;
}

/** Weights, gradients and optimizer are shared out over the devices (ZeRO stage 3); each runs its own batch. */
export interface Tuning extends Required<Finetune> {
  /** Format of the frozen model of qlora: the scenario's, or BNB-NF4 where that is 16 bit; null: 16 bit. */
  quantization: string | null;
  weights_bytes: number; master_bytes: number; adapters_bytes: number; gradients_bytes: number;
  optimizer_bytes: number; activations_bytes: number; logits_bytes: number;
  /** Driver and library context, workspaces and blocks the allocator keeps, on each device. */
  overhead_bytes: number;
  total_bytes: number;
  /** What each device holds, with a range that holds four of five published peaks, and what it has. */
  device_bytes: number; device_range_bytes: { p10: number; p90: number }; usable_bytes: number;
  fits: boolean;
}

export interface Scenario {
  model: string | ModelRecord;
  hardware: Hardware | string;
  /** Left out: llama.cpp, or the first engine that runs the format on the device (vLLM, MLX, ExLlamaV3). */
  engine?: string;
  backend?: string;
  quantization?: string;
  kv_cache?: { k?: string; v?: string } | string;
  context?: number;
  parallel?: number;
  /** Each copy is told to admit at most these (vLLM --max-num-seqs); left out: the engine's default. */
  max_sequences?: number;
  batch?: number;
  ubatch?: number;
  flash_attention?: boolean;
  swa_full?: boolean;
  /**
   * Sequences share one run of `context` x `parallel` cells. llama-server's own default, -c N without -np, is
   * {parallel: 4, kv_unified: true, context: N / 4, logits: 'last'}.
   */
  kv_unified?: boolean;
  /**
   * Whose logits llama.cpp makes room for: those of every token of a micro-batch, as through its library (left out), or
   * of the last token of each sequence, as its server and its command line do since June 2026.
   */
  logits?: 'all' | 'last';
  kv_on_host?: boolean;
  gpu_layers?: 'auto' | 'all' | number;
  cpu_moe_layers?: 'auto' | 'all' | number;
  split?: Split;
  tensor_parallel?: 'auto' | number;
  pipeline_parallel?: 'auto' | number;
  /** Copies that work on sequences of their own, each over tensor_parallel devices; they share routed experts (vLLM,
   *  SGLang, TensorRT-LLM). Default 1. */
  data_parallel?: 'auto' | number;
  /** Ranks of a copy that hold different tokens of the cache while generating, where they would repeat it (vLLM): at
   *  most tensor_parallel / K/V heads, of a latent cache tensor_parallel. Default 1. */
  decode_context_parallel?: 'auto' | number;
  adapters?: {
    rank?: number; count?: number;
    /** Projections by PEFT's names, "experts" for the routed ones; default: all but the routed experts, or whatever an
     *  engine keeps room for where it is not told (vLLM, SGLang: all). */
    targets?: 'attention' | 'all-linear' | string[];
  }[];
  draft?: string | { model: string; quantization?: string } | null;
  speculation?: 'draft_model' | 'mtp' | { kind: 'draft_model' | 'mtp'; draft_tokens?: number; acceptance?: number } | null;
  mmproj?: boolean;
  /** The vision part stays in system memory (llama.cpp --no-mmproj-offload). */
  mmproj_on_host?: boolean;
  /** Memory of training the model further, beside that of running it: see Estimate.finetune. */
  finetune?: 'full' | 'lora' | 'qlora' | Finetune | null;
  kernels?: string[];
  workload?: string | Lengths;
  mode?: string;
  /** This machine's tokens per second as measured / as estimated; see readMeasurement. */
  personal?: PersonalFactors | null;
  /** Of the sentences in the answer. */
  language?: 'en' | 'es' | 'zh';
}

export type ModelQuestion = Omit<Scenario, 'model'>;
export type HardwareQuestion = Omit<Scenario, 'hardware'> & { hardware?: Partial<Hardware> };

// --- what comes out ---

export interface DeviceMemory {
  name: string;
  usable_bytes: number; weights_bytes: number; kv_cache_bytes: number; recurrent_state_bytes: number;
  compute_bytes: number; engine_bytes: number; adapters_bytes: number; draft_bytes: number; projector_bytes: number;
  total_bytes: number; free_bytes: number; pool_left_bytes: number; layers: number; expert_layers_on_host: number;
}

/** System memory; of several machines, the first one's. */
export interface HostMemory {
  weights_bytes: number; kv_cache_bytes: number; recurrent_state_bytes: number; compute_bytes: number;
  output_bytes: number; adapters_bytes: number; projector_bytes: number; total_bytes: number; usable_bytes: number;
}

export interface Memory {
  // Of a GGUF file its tensors. What the engine copies of them is in engine_bytes, what it leaves in the file is not in
  // total_bytes.
  weights_bytes: number; kv_cache_bytes: number; recurrent_state_bytes: number; compute_bytes: number;
  output_bytes: number; engine_bytes: number; adapters_bytes: number; draft_bytes: number; projector_bytes: number;
  total_bytes: number; file_bytes: number; copied_bytes: number; not_loaded_bytes: number;
  weights_exact: boolean; weights_relative_error: number;
  kv_tokens: number | null;
  /** Of all devices together; `needed_bytes` counts of a pool for the cache only what the sequences asked for take. */
  on_devices: { usable_bytes: number; total_bytes: number; needed_bytes: number };
  devices: DeviceMemory[];
  host: HostMemory;
}

export interface ScoreParts { fit: number; speed: number; quality: number; context: number; efficiency: number }

/**
 * `tok_s` of what was served is of all requests together; `prompts_included` says whether the time of their prompts is
 * counted (null: not served). `each_tok_s` is of one sequence while it is written. Measured models are the scenario's or
 * the same network with other weights: `model`. `differs` says in words what was not run as the scenario says, beside
 * format and engine.
 */
export interface Measurement {
  tok_s: number; test: string; source: string; url: string; date: string;
  device: string; devices: number; quantization: string; engine: string; backend: string;
  prompt: number; output: number; depth: number; concurrency: number; served: boolean; rows: number;
  prompts_included: boolean | null; each_tok_s: number | null;
  model: string; ubatch: number | null; flash_attention: boolean | null; kv_cache: string | null; differs: string[];
  same_model: boolean; same_quantization: boolean; same_engine: boolean;
}

export interface Resolved {
  engine: string; engine_name: string; backend: string; quantization: string; context: number; parallel: number;
  batch: number; ubatch: number; flash_attention: boolean; swa_full: boolean; prompt: number; output: number; cached_prefix: number;
  split: Split; tensor_parallel: number; pipeline_parallel: number; data_parallel: number;
  decode_context_parallel: number; expert_parallel: number;
  gpu_layers: number; cpu_moe_layers: number;
  host: { memory_bytes: number; mem_bandwidth_gbs: number };
  interconnect: { name: string; gbs_per_direction: number; latency_us: number } | null;
  /** Servers, where there are several, and the network between them, where that is not the interconnect. */
  hosts?: number; network?: string;
}

export interface Estimate {
  fit: { status: FitStatus; text: string };
  memory: Memory;
  offload_fraction: number;
  /** Only when the scenario has `finetune`. */
  finetune?: Tuning;
  safe_context: number;
  max_parallel: number;
  decode: {
    tok_s: Range | null;
    total_tok_s: Range | null;
    bound: Bound | null;
    time_s: { weights: number; kv: number; compute: number; communication: number; host: number; overhead: number } | null;
    /** Why it is null. */
    reason?: string;
  };
  prefill: { tok_s: Range | null; bound: Bound | null; reason?: string };
  /** With the wait for a place, where fewer sequences run at a time than were asked for: `queue_s` of it. With several
   *  sequences it spans from users out of step, whose prompts are read beside what others write, to all of them asking at
   *  once, who wait for the prompts before theirs. */
  ttft_s: Range | null;
  queue_s?: number;
  /** Of all sequences where each is followed by the next of its user at once, prompts included; null where either speed
   *  is unknown. */
  throughput: { tok_s: Range; requests_s: Range } | null;
  ttft_reason?: string;
  grade: Grade;
  score: number;
  score_parts: ScoreParts;
  bottleneck: { kind: 'memory' | 'bandwidth' | 'compute' | 'interconnect' | 'host' | 'none'; text: string; remedy: string };
  confidence: Confidence;
  calibration_rows: number;
  measurements: Measurement[];
  warnings: { code: string; text: string }[];
  resolved: Resolved;
}

export interface Derivation {
  label: string; value: number; unit: string; formula: string; source: string; inputs: Derivation[];
}

export interface Figures {
  fit: FitStatus; decode_tok_s: Range | null; prefill_tok_s: Range | null; ttft_s: Range | null;
  safe_context: number; max_parallel: number; total_bytes: number;
  grade: Grade; score: number; score_parts: ScoreParts;
}

export interface FormatRow {
  quantization: string; name: string; bits_per_weight: number; weights_bytes: number; weights_exact: boolean;
  /** Of the formats that people usually choose among. */
  short_listed: boolean;
  total_bytes: number; fit: FitStatus; decode_tok_s: Range | null; safe_context: number;
  quality: { label: string; ppl_increase: number | null; measured_on: string; source: string; date: string };
}

export interface WorkloadRow extends Figures {
  workload: string; prompt: number; output: number; cached_prefix: number; context: number;
}

export interface RankedModel {
  /** `engine`: the one that was asked for, else the one that a scenario of this model gets. */
  model: string; name: string; engine: string; quantization: string | null; fit: FitStatus; grade: Grade; score: number;
  score_parts: ScoreParts; decode_tok_s: Range | null; ttft_s: Range | null; safe_context: number;
  weights_bytes: number; total_bytes: number;
  /** Of this device, by memory alone, where it does not fit; 0: no number would do. */
  devices_needed: number;
}

export interface RankedHardware extends Figures {
  device: string; name: string; count: number; memory_bytes: number; mem_bandwidth_gbs: number;
  /** What it costs today; where only a price of years ago is known, that is `launch_price_usd`. */
  price_usd: number | null; launch_price_usd: number | null; price_date: string | null;
  /** Whether there is a version of the engine for this device; those without stand behind. */
  engine_made: boolean;
  /** What is `theoretical`, promised by a data sheet alone, stands behind what something like it was measured for. */
  confidence: Confidence;
}

export interface Upgrade {
  kind: 'placement' | 'sequences' | 'format' | 'kv_cache' | 'backend' | 'engine' | 'host_memory' | 'fewer_devices' | 'more_devices' | 'other_device';
  text: string;
  /** The fields of the scenario that differ; null where one went away. */
  change: Partial<Scenario>;
  scenario: Scenario;
  gain: { fit: FitStatus; decode_ratio: number | null; prefill_ratio: number | null; decode_tok_s: number | null; safe_context: number };
  price_usd: number | null; price_date: string | null;
}

export interface OwnMeasurement {
  figures: {
    kind: 'decode' | 'prefill' | 'weights' | 'kv_cache' | 'compute_buffer' | 'device_used' | 'device_total'
      | 'device_share' | 'kv_tokens' | 'max_concurrency';
    line: number; measured: number; estimated: number | null; ratio: number | null; sequences: number;
    /** Which of several devices, of a figure of one device's memory. */
    device: number;
    workload: Lengths | null;
    /** Why the figure does not count, where it does not: it is of something else than the scenario, or says too little. */
    left_out: {
      reason: 'model' | 'format' | 'engine' | 'backend' | 'device' | 'devices' | 'layers' | 'prompt_unknown' | 'prompt_short' | 'implausible';
      text: string;
    } | null;
  }[];
  /** Only the first 500 figures are read; how many more there are. */
  figures_not_read: number;
  /** Lines that look like part of a measurement and could not be read, or say nothing to compare an estimate with:
   *  mixed_window is a server's average over a while in which it read prompts beside writing, of lengths it does not tell. */
  not_understood: { line: number; text: string; reason: 'not_understood' | 'nothing_to_compare' | 'mixed_window' }[];
  model: string; device: string; backend: string;
  /** null when no speed counts: see `left_out`. */
  personal: (PersonalFactors & { decode: number; prefill: number }) | null;
  /** The scenario given, calibrated. */
  scenario: Scenario;
}

export interface RooflinePoint { intensity: number; tflops: number; limit_tflops: number }

/** Peaks of the data sheet, and what measured kernels reach of them (`fitted`). */
export interface Roofline {
  bandwidth_gbs: number; fitted_bandwidth_gbs: number; peak_tflops: number | null; fitted_peak_tflops: number | null;
  units: 'FP16' | 'FP8' | 'INT8' | 'FP4';
  /** Operations per byte from which on compute is the limit. */
  ridge: number | null;
  decode: RooflinePoint | null; prefill: RooflinePoint | null;
}

export interface ScalingRow extends Figures {
  count: number; models_fit: number; models_total: number;
  memory: { usable_bytes: number; total_bytes: number; fullest_device_bytes: number };
  parallelism: {
    split: Split; tensor_parallel: number; pipeline_parallel: number; data_parallel: number; expert_parallel: number;
  };
  communication_s: number | null; communication_share: number | null;
}

export interface CatalogModel {
  id: string; name: string; family: string; developer: string; kind: string;
  total_params: number | null; active_params: number | null; max_context: number | null; release: string | null;
  license: string | null; hf_id: string | null; native_precision: string | null;
  capabilities: string[]; distribution: string[]; gguf_supported: boolean; confidence: 'low' | 'medium' | 'high';
}

export interface CatalogDevice {
  id: string; name: string; vendor: string; class: string; architecture: string | null;
  memory_bytes: number | null; mem_bandwidth_gbs: number | null; dense_tflops: Throughput; unified_memory: boolean;
  backend: string; tdp_w: number | null; launch_year: number | null; price_usd: number | null;
  /** Another name by which people know it, where there is one; told by hr.hardware(id), not by hr.catalog(). */
  also_called?: string;
  confidence: 'low' | 'medium' | 'high';
}

export interface Catalog {
  models: CatalogModel[];
  hardware: CatalogDevice[];
  quantizations: { id: string; name: string; bits_per_weight: number; family: string }[];
  engines: {
    id: string; name: string; backends: string[]; format_families: string[]; kv_types: string[]; default_kv: string;
    default_quantization: string | null; host_offload: boolean; expert_offload: boolean; tensor_parallel: boolean;
    data_parallel: boolean; draft_models: boolean; mtp: boolean; adapters: boolean;
  }[];
  workloads: { id: string; prompt: number; output: number; cached_prefix: number }[];
  modes: { id: string }[];
  hosts: { id: string; name: string; mem_bandwidth_gbs: number }[];
  links: { id: string; name: string; gbs_per_direction: number; latency_us: number; max_devices: number | null; switched: boolean }[];
}

export type FullRecord<Row> = Row & { sources: unknown[]; conflicts: unknown[]; [field: string]: unknown };

/** All functions are synchronous and throw HeadroomError. */
export interface Headroom {
  version(): { version: string; data_date: string; commit: string };
  catalog(): Catalog;
  model(id: string): FullRecord<CatalogModel>;
  hardware(id: string): FullRecord<CatalogDevice>;
  estimate(scenario: Scenario): Estimate;
  estimateBatch(scenarios: Scenario[]): (Estimate | { error: { code: ErrorCode; message: string } })[];
  explain(scenario: Scenario): Derivation;
  quantizations(scenario: Scenario): FormatRow[];
  workloads(scenario: Scenario): WorkloadRow[];
  /**
   * rankModels and scaling need every model in every format, which takes the first of them half a second. This prepares
   * up to `models` of what is missing (all, when left out) and tells whether nothing is.
   */
  prepareRanking(models?: number): boolean;
  rankModels(question: ModelQuestion): RankedModel[];
  rankHardware(question: HardwareQuestion): RankedHardware[];
  upgrades(scenario: Scenario): Upgrade[];
  /** Models of the catalog that can draft for this one (its tokens, a fourth of its size at most), best first. */
  draftModels(scenario: Scenario): { id: string; name: string; total_params: number }[];
  scaling(scenario: Scenario, counts?: number[]): ScalingRow[];
  command(scenario: Scenario): { engine: string; text: string; source: string }[];
  /** What a person would ask of this estimate, answered in the scenario's language. */
  questions(scenario: Scenario): { id: string; question: string; answer: string }[];
  /** Where decode and prefill stand under the roofline of all devices together. */
  roofline(scenario: Scenario): Roofline;
  /** The estimate, its formats and its workloads as a table to take along. */
  report(scenario: Scenario, format: 'csv' | 'markdown'): string;
  /** What to open on, from what a browser tells of its machine (WebGL's renderer, navigator.platform, deviceMemory). */
  firstScenario(hints: { renderer?: string; platform?: string; memory_gib?: number }): {
    scenario: Scenario; recognized: { device: string; name: string; assumed: boolean } | null;
  };
  /**
   * The scenario as a person goes on with it who chooses another engine, model or device. What does not go with the
   * choice is forgotten: a format, cache types or an offload the engine lacks, layers told by number, what drafts for
   * the model before, the backend and measurements of the device before.
   */
  withEngine(scenario: Scenario, engine: string): Scenario;
  withModel(scenario: Scenario, model: Scenario['model']): Scenario;
  withDevice(scenario: Scenario, device: string): Scenario;
  /** The beginning of a large file is enough as long as it holds the whole header. */
  importModel(content: string | ArrayBuffer | ArrayBufferView, fileName?: string): ModelRecord;
  encodeLink(scenario: Scenario): string;
  decodeLink(fragment: string): Scenario;
  /** What of a link can be read: values that cannot be are left out, and the first of them is the problem. */
  readLink(fragment: string): {scenario: Scenario | null; problem: {code: ErrorCode; message: string} | null};
  /**
   * What llama-bench, llama.cpp, Ollama, LM Studio, MLX, ExLlama, KoboldCpp, vLLM, SGLang or TensorRT-LLM print of a run,
   * or nvidia-smi, rocm-smi and amd-smi of a card, beside the estimate of the same test.
   */
  readMeasurement(text: string, scenario: Scenario): OwnMeasurement;
  /** The sentences of the page by key. */
  texts(language: 'en' | 'es' | 'zh'): Record<string, string>;
}

export default function createHeadroom(options?: { wasmBinary?: Uint8Array | ArrayBuffer }): Promise<Headroom>;
