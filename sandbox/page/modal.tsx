import { Blocks, type Json } from './blocks.tsx';
import { call, person, state } from './state.ts';

const textOf = (value: unknown): string => String((value as Json | undefined)?.text ?? '');

/** The newest modal of the person at the keyboard, with real fields; submitting sends a signed request. */
export function Modal() {
  const slackId = state.value?.people.find(({ id }) => id === person.value)?.slack;
  const modal = state.value?.modals.findLast(({ user }) => user === slackId);
  if (modal === undefined) return null;
  const blocks = (modal.view.blocks ?? []) as readonly Json[];
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const values: Record<string, string | string[]> = {};
    for (const element of blocks.flatMap(({ element }) => (element ? [element as Json] : []))) {
      const name = String(element.action_id);
      const given = form
        .getAll(name)
        .map(String)
        .filter((value) => value !== '');
      if (given.length > 0) values[name] = isMany(element) ? given : (given[0] ?? '');
    }
    await call('POST', `/api/slack/as/${slackId}`, { act: 'submit', view: modal.id, values });
  };
  return (
    <form class="modal" aria-label={textOf(modal.view.title)} onSubmit={submit}>
      <h3>{textOf(modal.view.title)}</h3>
      {blocks.map((block, index) =>
        block.type === 'input' ? <Field key={index} block={block} /> : <Blocks key={index} blocks={[block]} />,
      )}
      {modal.view.submit !== undefined && <button type="submit">{textOf(modal.view.submit)}</button>}
    </form>
  );
}

const isMany = (element: Json): boolean => /^multi_|checkboxes/.test(String(element.type));

function Field({ block }: { readonly block: Json }) {
  const element = block.element as Json;
  return (
    <div>
      <label for={String(element.action_id)}>{textOf(block.label)}</label>
      <Input element={element} isOptional={block.optional === true} />
    </div>
  );
}

function Input({ element, isOptional }: { readonly element: Json; readonly isOptional: boolean }) {
  const name = String(element.action_id);
  if (element.type === 'plain_text_input')
    return element.multiline ? (
      <textarea id={name} name={name} required={!isOptional} />
    ) : (
      <input id={name} name={name} required={!isOptional} />
    );
  const initial = ((element.initial_option ?? {}) as Json).value ?? element.initial_user;
  return (
    <select id={name} name={name} required={!isOptional} multiple={isMany(element)}>
      {!isMany(element) && <option value="">Choose</option>}
      {optionsOf(element).map(([value, label]) => (
        <option key={value} value={value} selected={value === initial}>
          {label}
        </option>
      ))}
    </select>
  );
}

function optionsOf(element: Json): readonly (readonly [string, string])[] {
  if (/users_select|external_select/.test(String(element.type)))
    return (state.value?.people ?? []).map(({ id, slack }) => [slack ?? id, id] as const);
  const groups = (element.option_groups ?? []) as readonly { options: readonly Json[] }[];
  const options = [...((element.options ?? []) as readonly Json[]), ...groups.flatMap((group) => group.options)];
  return options.map((option) => [String(option.value), textOf(option.text)] as const);
}
