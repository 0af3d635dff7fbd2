/**
 * What Slack checks of blocks and views before it takes them. Limits from https://docs.slack.dev/reference/block-kit and the
 * declarations of `@slack/types`. Each check gives sentences; none means that Slack would take it.
 */

type Json = Readonly<Record<string, unknown>>;

/** Problems of a message's blocks: at most 50, each well formed. */
export function blockProblems(blocks: unknown, most = 50): readonly string[] {
  if (!Array.isArray(blocks)) return ['blocks must be an array'];
  const many = blocks.length > most ? [`no more than ${most} items allowed [json-pointer:/blocks]`] : [];
  return [...many, ...doubles(blocks), ...blocks.flatMap((block, at) => problemsOfBlock(block, `/blocks/${at}`))];
}

/** Problems of a modal or home view. */
export function viewProblems(view: unknown): readonly string[] {
  if (!isObject(view)) return ['view must be an object'];
  const problems = [...blockProblems(view.blocks, 100)];
  if (view.type !== 'modal' && view.type !== 'home') problems.push('unsupported view type [json-pointer:/view/type]');
  if (textLength(view.private_metadata) > 3000)
    problems.push('must be less than 3001 characters [json-pointer:/view/private_metadata]');
  if (textLength(view.callback_id) > 255)
    problems.push('must be less than 256 characters [json-pointer:/view/callback_id]');
  return view.type === 'modal' ? [...problems, ...modalProblems(view)] : problems;
}

function modalProblems(view: Json): readonly string[] {
  const inputs = Array.isArray(view.blocks) && view.blocks.some((block) => isObject(block) && block.type === 'input');
  return [
    ...textProblems(view.title, '/view/title', { most: 24, plain: true }),
    ...(view.submit === undefined ? [] : textProblems(view.submit, '/view/submit', { most: 24, plain: true })),
    ...(view.close === undefined ? [] : textProblems(view.close, '/view/close', { most: 24, plain: true })),
    ...(inputs && view.submit === undefined ? ['missing required field: submit [json-pointer:/view/submit]'] : []),
  ];
}

function problemsOfBlock(block: unknown, at: string): readonly string[] {
  if (!isObject(block)) return [`must be an object [json-pointer:${at}]`];
  const id = textLength(block.block_id) > 255 ? [`must be less than 256 characters [json-pointer:${at}/block_id]`] : [];
  const check = BLOCKS[String(block.type)];
  return check ? [...id, ...check(block, at)] : [`unsupported type: ${String(block.type)} [json-pointer:${at}/type]`];
}

const BLOCKS: Readonly<Record<string, (block: Json, at: string) => readonly string[]>> = {
  divider: () => [],
  header: (block, at) => textProblems(block.text, `${at}/text`, { most: 150, plain: true }),
  section: sectionProblems,
  context: (block, at) =>
    listProblems(block.elements, `${at}/elements`, 10, (each, where) => textProblems(each, where, { most: 2000 })),
  actions: (block, at) => listProblems(block.elements, `${at}/elements`, 25, elementProblems),
  input: (block, at) => [
    ...textProblems(block.label, `${at}/label`, { most: 2000, plain: true }),
    ...(block.hint === undefined ? [] : textProblems(block.hint, `${at}/hint`, { most: 2000, plain: true })),
    ...elementProblems(block.element, `${at}/element`),
  ],
};

function sectionProblems(block: Json, at: string): readonly string[] {
  if (block.text === undefined && block.fields === undefined) return [`must have text or fields [json-pointer:${at}]`];
  return [
    ...(block.text === undefined ? [] : textProblems(block.text, `${at}/text`, { most: 3000 })),
    ...(block.fields === undefined
      ? []
      : listProblems(block.fields, `${at}/fields`, 10, (each, where) => textProblems(each, where, { most: 2000 }))),
    ...(block.accessory === undefined ? [] : elementProblems(block.accessory, `${at}/accessory`)),
  ];
}

function elementProblems(element: unknown, at: string): readonly string[] {
  if (!isObject(element)) return [`missing element [json-pointer:${at}]`];
  const problems: string[] = [];
  if (textLength(element.action_id) > 255)
    problems.push(`must be less than 256 characters [json-pointer:${at}/action_id]`);
  if (element.confirm !== undefined) problems.push(...confirmProblems(element.confirm, `${at}/confirm`));
  if (element.placeholder !== undefined)
    problems.push(...textProblems(element.placeholder, `${at}/placeholder`, { most: 150, plain: true }));
  const check = ELEMENTS[String(element.type)];
  return check
    ? [...problems, ...check(element, at)]
    : [...problems, `unsupported type: ${String(element.type)} [json-pointer:${at}/type]`];
}

const ELEMENTS: Readonly<Record<string, (element: Json, at: string) => readonly string[]>> = {
  button: (element, at) => [
    ...textProblems(element.text, `${at}/text`, { most: 75, plain: true }),
    ...(textLength(element.value) > 2000 ? [`must be less than 2001 characters [json-pointer:${at}/value]`] : []),
    ...(element.style === undefined || element.style === 'primary' || element.style === 'danger'
      ? []
      : [`invalid style [json-pointer:${at}/style]`]),
  ],
  plain_text_input: (element, at) =>
    Number(element.max_length ?? 0) > 3000 || Number(element.min_length ?? 0) > 3000
      ? [`must be at most 3000 [json-pointer:${at}/max_length]`]
      : [],
  static_select: selectProblems,
  multi_static_select: selectProblems,
  external_select: () => [],
  multi_external_select: () => [],
  users_select: () => [],
  multi_users_select: () => [],
  checkboxes: (element, at) => listProblems(element.options, `${at}/options`, 10, optionProblems),
  radio_buttons: (element, at) => listProblems(element.options, `${at}/options`, 10, optionProblems),
};

function selectProblems(element: Json, at: string): readonly string[] {
  if (element.option_groups === undefined) return listProblems(element.options, `${at}/options`, 100, optionProblems);
  return listProblems(element.option_groups, `${at}/option_groups`, 100, (group, where) => [
    ...textProblems(isObject(group) ? group.label : undefined, `${where}/label`, { most: 75, plain: true }),
    ...listProblems(isObject(group) ? group.options : undefined, `${where}/options`, 100, optionProblems),
  ]);
}

/** Problems of an option; also of those that answer a block suggestion. */
export function optionProblems(option: unknown, at: string): readonly string[] {
  if (!isObject(option)) return [`must be an object [json-pointer:${at}]`];
  return [
    ...textProblems(option.text, `${at}/text`, { most: 75 }),
    ...(textLength(option.value) === 0 ? [`missing required field: value [json-pointer:${at}/value]`] : []),
    ...(textLength(option.value) > 150 ? [`must be less than 151 characters [json-pointer:${at}/value]`] : []),
    ...(option.description === undefined
      ? []
      : textProblems(option.description, `${at}/description`, { most: 75, plain: true })),
  ];
}

function confirmProblems(confirm: unknown, at: string): readonly string[] {
  if (!isObject(confirm)) return [`must be an object [json-pointer:${at}]`];
  return [
    ...textProblems(confirm.title, `${at}/title`, { most: 100, plain: true }),
    ...textProblems(confirm.text, `${at}/text`, { most: 300 }),
    ...textProblems(confirm.confirm, `${at}/confirm`, { most: 30, plain: true }),
    ...textProblems(confirm.deny, `${at}/deny`, { most: 30, plain: true }),
  ];
}

function listProblems(
  list: unknown,
  at: string,
  most: number,
  each: (one: unknown, at: string) => readonly string[],
): readonly string[] {
  if (!Array.isArray(list)) return [`missing required field [json-pointer:${at}]`];
  if (list.length === 0) return [`no fewer than 1 items allowed [json-pointer:${at}]`];
  const many = list.length > most ? [`no more than ${most} items allowed [json-pointer:${at}]`] : [];
  return [...many, ...list.flatMap((one, index) => each(one, `${at}/${index}`))];
}

function textProblems(text: unknown, at: string, { most, plain }: { most: number; plain?: true }): readonly string[] {
  if (!isObject(text) || typeof text.text !== 'string') return [`missing required field: text [json-pointer:${at}]`];
  if (plain ? text.type !== 'plain_text' : text.type !== 'plain_text' && text.type !== 'mrkdwn')
    return [`must be ${plain ? 'plain_text' : 'a text object'} [json-pointer:${at}/type]`];
  if (text.text.length === 0) return [`must be more than 0 characters [json-pointer:${at}/text]`];
  return text.text.length > most ? [`must be less than ${most + 1} characters [json-pointer:${at}/text]`] : [];
}

function doubles(blocks: readonly unknown[]): readonly string[] {
  const ids = blocks.flatMap((block) =>
    isObject(block) && typeof block.block_id === 'string' ? [block.block_id] : [],
  );
  return new Set(ids).size < ids.length ? ['block_id values must be unique [json-pointer:/blocks]'] : [];
}

function textLength(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
