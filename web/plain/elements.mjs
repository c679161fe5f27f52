// Small makers of elements for the plain view. Texts go in as text, never as markup.

export function plainElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// What kind of error it is in the language of `texts`, and smaller its message, which is English; as children of an
// element. What has no code is told as it is.
export function plainProblem(error, texts) {
  const kind = texts[`error.${error.code}`];
  if (!kind) return [error.message];
  const [before, after] = texts['error.detail'].split('{detail}');
  return [kind, ' ', plainElement('small', {class: 'detail'}, before, plainElement('span', {lang: 'en'}, error.message), after)];
}

// A table with a caption; `columns` are {title, value(row), number?, heading?}. A row that `prints`
// says no of is left out of a report.
export function plainTable(caption, columns, rows, prints = () => true) {
  const head = plainElement('tr', {}, ...columns.map(
      (column) => plainElement('th', {scope: 'col', class: column.number ? 'number' : null}, column.title)));
  const lines = rows.map((row) => plainElement('tr', {class: prints(row) ? null : 'unprinted'}, ...columns.map((column) => {
    const value = column.value(row);
    return plainElement(column.heading ? 'th' : 'td',
                        {scope: column.heading ? 'row' : null, class: column.number ? 'number' : null}, value ?? '–');
  })));
  return plainElement('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
                      plainElement('table', {}, plainElement('caption', {}, caption), plainElement('thead', {}, head),
                                   plainElement('tbody', {}, ...lines)));
}

export function plainOptions(select, options, chosen) {
  select.replaceChildren(...options.map(([value, label]) => plainElement('option', {value}, label)));
  select.value = options.some(([value]) => value === chosen) ? chosen : (options[0]?.[0] ?? '');
}
