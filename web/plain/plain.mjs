// The plain-HTML view: the same answers from the same core as form controls and tables. It stands beside the canvas for
// screen readers, and alone where there is no WebGL 2 or a person asks for it.

import {plainElement, plainProblem} from './elements.mjs';
import {plainFillExtras} from './extras.mjs';
import {plainFill, plainFillAutomatic, plainFillMatching, plainScenario} from './form.mjs';
import {plainFormats} from './format.mjs';
import {plainSubject} from './names.mjs';
import {plainCards, plainDerivation, plainDevices, plainFormatTable, plainHardwareRanking, plainMeasurements, plainMemory,
        plainModelRanking, plainQuestions, plainRoofline, plainScaling, plainSources, plainTuning, plainUpgrades,
        plainWorkloads} from './tables.mjs';
import {PlainTurns} from './turns.mjs';
import {plainMarkup} from 'headroom:plain/plain.html';

const PLAIN_OF_CANVAS = /^(screen|f[skloqc])=/;  // parts of the address that say what the canvas shows
const PLAIN_SUBJECT = ['model', 'device', 'other_device'];  // another one is another page of the history
const PLAIN_LANGUAGES = ['en', 'es', 'zh'];
const PLAIN_HEADER_BYTES = 64 * 2 ** 20;  // of a dropped file; its header ends long before
const PLAIN_MODELS_PER_TURN = 16;         // prepared for the ranking, some milliseconds' work
const PLAIN_SCALING_COUNTS = [1, 2, 4, 8];

class PlainView {
  constructor(root, hr, address) {
    this.root = root;
    this.hr = hr;
    this.address = address;
    this.custom = null;
    this.turns = new PlainTurns();
    this.standing = false;
    this.owed = 0;  // answers of the report that are still to be made
    this.turns.start([() => { this.catalog = hr.catalog(); }, () => this.build(), () => this.open()]);
  }

  // Makes what is not there yet of the form and the answer.
  stand() {
    while (!this.standing) this.turns.step();
  }

  // The same, as the address is now and with all that is printed.
  standForPrint() {
    this.stand();
    this.follow();
    while (this.owed > 0) this.turns.step();
  }

  // The canvas rewrites the address and changes its language without telling.
  follow() {
    const language = this.address.language();
    const changed = language !== this.heard;
    if (changed) this.speak(language);
    if (changed || this.address.fragment() !== this.known) this.readAddress();
  }

  open() {
    this.standing = true;
    // Beside a canvas the address holds its scenario; alone, this view opens on what the browser tells of the machine.
    const first = this.hr.firstScenario(this.address.machine());
    this.scenario = first.scenario;
    this.recognized = first.recognized;
    window.addEventListener('hashchange', () => {
      if (this.address.fragment() !== this.known) this.readAddress();
    });
    // Look again when a person comes here.
    this.root.addEventListener('focusin', (event) => {
      if (!this.root.contains(event.relatedTarget)) this.follow();
    });
    this.readAddress();
  }

  build() {
    this.root.innerHTML = plainMarkup;
    this.form = this.root.querySelector('form');
    this.language = this.root.querySelector('[name=language]');
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.form.addEventListener('change', (event) => this.changed(event));
    this.form.addEventListener('input', (event) => this.searched(event));
    this.language.addEventListener('change', () => {
      this.address.speak(this.language.value);
      this.setLanguage(this.language.value);
    });
    const actions = {
      canvas: () => this.leave(),
      print: () => window.print(),
      'export-json': () => this.save('json', 'application/json', JSON.stringify(this.hr.estimate(this.asked()), null, 2)),
      'export-csv': () => this.save('csv', 'text/csv', this.hr.report(this.asked(), 'csv')),
      'export-markdown': () => this.save('md', 'text/markdown', this.hr.report(this.asked(), 'markdown')),
      'rank-models': () => this.rank((question) => plainModelRanking(this.hr.rankModels(question), this)),
      'rank-hardware': () => this.rank((question) => plainHardwareRanking(this.hr.rankHardware(question), this)),
    };
    for (const [name, act] of Object.entries(actions)) {
      this.root.querySelector(`[data-action="${name}"]`).addEventListener('click', act);
    }
    // Mounted beside a canvas there is one to go back to.
    this.root.querySelector('[data-action="canvas"]').hidden = document.documentElement.dataset.view !== 'canvas';
    this.speak(this.address.language());
  }

  text(key) { return this.texts[key] ?? key; }

  setLanguage(language) {
    this.speak(language);
    this.show();
  }

  // `tag` as a browser tells it.
  speak(tag) {
    this.heard = tag;
    const language = PLAIN_LANGUAGES.find((known) => tag.startsWith(known)) ?? 'en';
    this.language.value = language;
    this.root.lang = language;
    this.texts = this.hr.texts(language);
    this.format = plainFormats(language);
    for (const element of this.root.querySelectorAll('[data-text]')) element.textContent = this.text(element.dataset.text);
  }

  leave() {
    document.documentElement.dataset.view = 'canvas';
    document.getElementById('headroom-canvas').focus();
  }

  readAddress() {
    this.known = this.address.fragment();
    if (!this.known.split('&').some((part) => part.includes('=') && !PLAIN_OF_CANVAS.test(part))) return this.show();
    const {scenario, problem} = this.hr.readLink(this.known);
    // Nothing is lost: what can be read is answered, and what was wrong is said.
    const said = problem && Object.assign(new Error(problem.message), {code: problem.code});
    if (!scenario) return this.show(said);
    this.scenario = scenario;
    if (typeof scenario.model === 'object') this.custom = scenario.model;
    if (!said && scenario.language && scenario.language !== this.language.value) return this.setLanguage(scenario.language);
    return this.show(undefined, said);
  }

  changed(event) {
    if (event.target.name.endsWith('_search')) return;
    if (event.target.name === 'file') return void this.readFile(event.target.files[0]);
    const {name, value} = event.target;
    const choices = {
      engine: () => this.hr.withEngine(this.scenario, value),
      model: () => this.hr.withModel(this.scenario, value === '' ? this.custom : value),
      device: () => this.hr.withDevice(this.scenario, value),
    };
    // An own device has no other name to be chosen by.
    if (choices[name] && !(name === 'device' && value === '')) return this.choose(choices[name], name !== 'engine');
    if (name === 'workload') this.form.elements.context.value = '';
    this.scenario = plainScenario(this.form, this.scenario, this.custom);
    this.writeAddress(PLAIN_SUBJECT.includes(event.target.name));
    this.show();
  }

  // What goes with a choice is the core's to say; a choice that it refuses changes nothing.
  choose(made, step) {
    try {
      this.scenario = made();
    } catch (error) {
      return this.show(error);
    }
    this.writeAddress(step);
    return this.show();
  }

  searched(event) {
    const lists = {device_search: [this.form.elements.device, this.catalog.hardware, this.scenario.hardware?.device],
                   model_search: [this.form.elements.model, this.catalog.models, this.scenario.model]};
    const list = lists[event.target.name];
    if (list) plainFillMatching(list[0], list[1], event.target.value, list[2]);
  }

  async readFile(file) {
    if (!file) return;
    try {
      this.custom = this.hr.importModel(await file.slice(0, PLAIN_HEADER_BYTES).arrayBuffer(), file.name);
    } catch (error) {
      return void this.show(error);
    }
    this.choose(() => this.hr.withModel(this.scenario, this.custom), true);
  }

  // `step`: going back comes to what was before.
  writeAddress(step) {
    try {
      const others = this.address.fragment().split('&').filter((part) => PLAIN_OF_CANVAS.test(part));
      const fragment = `#${[this.hr.encodeLink(this.scenario), ...others].join('&')}`;
      // Unlike the history's functions these tell the canvas, too.
      if (step) window.location.assign(fragment);
      else window.location.replace(fragment);
    } catch {
      // A scenario that is refused has no link; the verdict says why.
    }
    this.known = window.location.hash.slice(1);
  }

  // The scenario, answered in the language of this view.
  asked() { return {...this.scenario, language: this.language.value}; }

  // A scenario that is refused has nothing to save; the verdict says why.
  save(ending, type, content) {
    const link = plainElement('a', {href: URL.createObjectURL(new Blob([content], {type})), download: `headroom.${ending}`});
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href));
  }

  // How the device was found, while it is still the one.
  recognizedNote() {
    const found = this.recognized;
    if (!found || this.scenario.hardware?.device !== found.device) return '';
    return this.text(found.assumed ? 'input.assumed' : 'input.recognized').replace('{device}', found.name);
  }

  apply(scenario) {
    this.scenario = scenario;
    this.writeAddress(true);
    this.show();
    this.root.querySelector('.verdict').scrollIntoView();
  }

  // One after the other, as the language has it; the second may be empty.
  sentences(first, second) {
    const given = {first, second};
    return second ? this.text('list.sentences').replace(/\{(\w+)\}/g, (_, name) => given[name]) : first;
  }

  part(name, ...content) {
    this.root.querySelector(`[data-part="${name}"]`).replaceChildren(...content.filter((child) => child !== null));
  }

  // `remark`: what of the link could not be read, beside an answer to the rest.
  show(problem, remark) {
    const verdict = this.root.querySelector('.verdict');
    const scenario = this.asked();
    let estimate;
    try {
      if (problem) throw problem;
      estimate = this.hr.estimate(scenario);
      this.engine = estimate.resolved.engine;
    } catch (error) {
      problem = error;
    }
    plainFill(this.form, this.scenario, this.catalog, (key) => this.text(key), this.engine);
    plainFillAutomatic(this.form, estimate?.resolved, (value) => this.automatic(value));
    this.fillExtras(estimate);
    this.part('recognized', this.recognizedNote());
    // What stands below the verdict would be the answer to something else.
    this.root.toggleAttribute('data-refused', Boolean(problem));
    if (problem) {
      this.turns.start([]);
      this.owed = 0;
      this.setTitle('Headroom');
      verdict.replaceChildren(...plainProblem(problem, this.texts));
      verdict.dataset.status = 'problem';
      return;
    }
    const subject = plainSubject(this.scenario, this.hr, this.texts);
    this.setTitle(`${subject} · Headroom`);
    this.part('subject', subject);
    verdict.textContent = estimate.fit.text;
    verdict.dataset.status = estimate.fit.status;
    this.root.querySelector('.cards').replaceChildren(...plainCards(estimate, this));
    this.part('bottleneck', plainElement('p', {}, this.sentences(estimate.bottleneck.text, estimate.bottleneck.remedy)));
    const remarks = remark
        ? [plainElement('li', {}, this.text('toast.partly_read_link').replace('{problem}', ''), ...plainProblem(remark, this.texts))] : [];
    this.part('warnings', ...remarks, ...estimate.warnings.map((warning) => plainElement('li', {}, warning.text)));
    this.part('memory', plainMemory(estimate, this));
    this.part('devices', plainDevices(estimate, this));
    this.part('finetune', plainTuning(estimate, this));
    this.part('measurements', plainMeasurements(estimate, this));
    this.showRest(scenario, estimate);
    const link = this.root.querySelector('.link');
    link.href = `#${this.hr.encodeLink(this.scenario)}`;
    link.textContent = link.href;
  }

  // Beside the canvas the title is the canvas's.
  setTitle(title) {
    if (document.documentElement.dataset.view === 'plain') document.title = title;
  }

  automatic(value) {
    return `${this.text('plain.auto')}: ${Number.isInteger(value) ? this.format.whole(value) : this.format.number(value)}`;
  }

  fillExtras(estimate) {
    const engine = this.catalog.engines.find((entry) => entry.id === (estimate?.resolved.engine ?? this.engine));
    const drafts = estimate ? this.hr.draftModels(this.scenario) : [];
    plainFillExtras(this.form, this.scenario,
                    {engine: engine ?? this.catalog.engines[0], drafts, estimate, texts: (key) => this.text(key)});
  }

  // The longer answers.
  showRest(scenario, estimate) {
    const piece = (name, make) => () => {
      try {
        this.part(name, make());
      } catch (error) {
        this.part(name, plainElement('p', {}, ...plainProblem(error, this.texts)));
      }
    };
    // How many models fit is asked of all of them.
    const rows = [];
    const scale = (count) => piece('scaling', () => {
      rows.push(...this.hr.scaling(scenario, [count]));
      return plainScaling(rows, this);
    });
    const printed = [
      piece('formats', () => plainFormatTable(this.hr.quantizations(scenario), estimate.resolved.quantization, this)),
      piece('workloads', () => plainWorkloads(this.hr.workloads(scenario), this)),
      piece('command', () => this.commands(scenario)),
      piece('sources', () => plainSources(this.scenario, this)),
      piece('made', () => this.made()),
    ];
    this.owed = printed.length;
    this.turns.start([
      piece('questions', () => plainQuestions(this.hr.questions(scenario))),
      piece('roofline', () => plainRoofline(this.hr.roofline(scenario), this)),
      ...printed.map((make) => () => {
        make();
        this.owed -= 1;
      }),
      piece('upgrades', () => plainUpgrades(this.hr.upgrades(scenario), this)),
      piece('explain', () => plainDerivation(this.hr.explain(scenario), this)),
      () => !this.hr.prepareRanking(PLAIN_MODELS_PER_TURN),
      ...PLAIN_SCALING_COUNTS.map(scale),
    ]);
  }

  // What does not run has no command, and no heading for one.
  commands(scenario) {
    const commands = this.hr.command(scenario);
    this.root.querySelector('[data-part="command"]').closest('section').hidden = commands.length === 0;
    return plainElement('div', {}, ...commands.map(({engine, text}) => plainElement(
        'figure', {}, plainElement('figcaption', {}, engine), plainElement('pre', {tabindex: '0'}, text))));
  }

  // Which program and facts say so, and when.
  made() {
    const {version, data_date} = this.hr.version();
    const today = new Date().toLocaleDateString(this.language.value, {dateStyle: 'long'});
    const figures = {version, data_date, today};
    return this.text('plain.made').replace(/\{(\w+)\}/g, (_, name) => figures[name]);
  }

  rank(make) {
    const {model, quantization, ...question} = this.scenario;
    const asked = {engine: this.engine, ...question, model, language: this.language.value};
    try {
      this.part('ranking', make(asked));
    } catch (error) {
      this.part('ranking', plainElement('p', {role: 'alert'}, ...plainProblem(error, this.texts)));
    }
  }
}

// Fills `root` in pieces, once; later calls find it begun. `hr` has the contract's functions; `address` tells the
// fragment. Gives the view.
export function mountPlainView(root, hr, address) {
  root.plainView ??= new PlainView(root, hr, address);
  return root.plainView;
}
