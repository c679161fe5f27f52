// Starts the fit card.

import {wrapEstimator} from '../../wasm/api/wrapper.mjs';
import {FitCard} from './card.mjs';
import {startModule} from '../module.mjs';

// Returns what keeps the card from being shown, as a sentence, or nothing.
export async function boot(window, wasmModule) {
  const module = await startModule(wasmModule);
  const estimator = new module.Estimator();
  const problem = estimator.problem();
  if (problem) return `The facts of this page are damaged: ${problem}`;
  const card = new FitCard(window.document.getElementById('headroom'), wrapEstimator(estimator));
  const show = () => card.show(window.location.hash.slice(1), window.navigator.language);
  window.addEventListener('hashchange', show);
  window.addEventListener('languagechange', show);
  show();
  return '';
}
