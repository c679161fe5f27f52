// Figures as a person of the language writes them, always with their unit.

const GIB = 2 ** 30;

export function plainFormats(language) {
  const number = (value, digits) => new Intl.NumberFormat(language, {maximumSignificantDigits: digits}).format(value);
  const whole = (value) => new Intl.NumberFormat(language, {maximumFractionDigits: 0}).format(value);
  const known = (value) => value !== null && value !== undefined;
  const of = (write) => (value) => (known(value) ? write(value) : null);
  const range = (write, unit) => (value) => {
    if (!known(value)) return null;
    return `${write(value.p50)} ${unit} (${write(value.p10)}–${write(value.p90)})`;
  };
  return {
    whole: of(whole),
    number: of((value) => number(value, 3)),
    bytes: of((value) => (value >= GIB / 16 ? `${number(value / GIB, 4)} GiB` : `${number(value / 2 ** 20, 4)} MiB`)),
    exactBytes: of((value) => `${whole(value)} B`),
    share: of((value) => new Intl.NumberFormat(language, {style: 'percent', maximumFractionDigits: 1}).format(value)),
    dollars: of((value) => new Intl.NumberFormat(language, {style: 'currency', currency: 'USD', maximumFractionDigits: 0}).format(value)),
    rate: range((value) => number(value, 3), 'tok/s'),
    seconds: range((value) => number(value, 3), 's'),
    tokens: of(whole),
    ratio: of((value) => `${number(value, 3)}×`),
    // A figure of the derivation, by its unit.
    figure: (value, unit) => {
      if (!known(value)) return '–';
      if (unit === 'bytes' && value >= 2 ** 20) return `${whole(value)} B = ${number(value / GIB, 4)} GiB`;
      const text = Number.isInteger(value) ? whole(value) : number(value, 5);
      return unit ? `${text} ${unit}` : text;
    },
  };
}
