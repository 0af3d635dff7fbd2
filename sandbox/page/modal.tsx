import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Blocks, type Json } from './blocks.tsx';
import { call, person, problem, slackIdOf, state } from './state.ts';

const textOf = (value: unknown): string => String((value as Json | undefined)?.text ?? '');

/** The newest modal of the person at the keyboard, in front of everything; Escape and Cancel close it. */
export function Modal() {
  const user = slackIdOf(person.value);
  const modal = state.value?.modals.findLast((each) => each.user === user);
  return modal ? <Form key={modal.id} id={modal.id} user={user} view={modal.view} /> : null;
}

function Form({ id, user, view }: { readonly id: string; readonly user: string; readonly view: Json }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const errors = useSignal<Readonly<Record<string, string>>>({});
  // Shown as a modal dialog, the browser keeps the focus inside and gives it back afterwards.
  useEffect(() => dialog.current?.showModal(), []);
  const blocks = (view.blocks ?? []) as readonly Json[];
  const close = () => void call('POST', `/api/slack/as/${user}`, { act: 'close', view: id });
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
    const outcome = (await call('POST', `/api/slack/as/${user}`, { act: 'submit', view: id, values })) as
      | { errors?: Readonly<Record<string, string>> }
      | undefined;
    errors.value = outcome?.errors ?? {};
  };
  return (
    <dialog
      ref={dialog}
      class="modal"
      aria-labelledby={`title-${id}`}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <form onSubmit={submit}>
        <h2 id={`title-${id}`}>{textOf(view.title)}</h2>
        {blocks.map((block, index) =>
          block.type === 'input' ? (
            <Field key={index} block={block} error={errors.value[String(block.block_id)]} />
          ) : (
            <Blocks key={index} blocks={[block]} />
          ),
        )}
        <div class="slack-actions">
          {view.submit !== undefined && <button type="submit">{textOf(view.submit)}</button>}
          <button type="button" class="plain" onClick={close}>
            {textOf(view.close) || 'Close'}
          </button>
        </div>
        <p class="problem" role="alert">
          {problem.value}
        </p>
      </form>
    </dialog>
  );
}

const isMany = (element: Json): boolean => /^multi_|checkboxes/.test(String(element.type));

function Field({ block, error }: { readonly block: Json; readonly error: string | undefined }) {
  const element = block.element as Json;
  return (
    <div>
      <label for={String(element.action_id)}>
        {textOf(block.label)}
        {block.optional === true && ' (optional)'}
      </label>
      {error && <p class="error">{error}</p>}
      <Input element={element} isOptional={block.optional === true} />
    </div>
  );
}

/** A menu whose choices the app gives, asked for when the person comes to it. */
function AskingSelect({ element, isOptional }: { readonly element: Json; readonly isOptional: boolean }) {
  const name = String(element.action_id);
  const options = useSignal<readonly string[]>([]);
  const ask = async (select: HTMLSelectElement): Promise<void> => {
    const filled = Object.fromEntries([...new FormData(select.form ?? undefined)].filter(([, value]) => value !== ''));
    const body = { act: 'suggest', actionId: name, values: filled };
    const answer = (await call('POST', `/api/slack/as/${slackIdOf(person.value)}`, body)) as
      | { readonly options?: readonly string[] }
      | undefined;
    options.value = answer?.options ?? [];
  };
  return (
    <select id={name} name={name} required={!isOptional} onFocus={(event) => void ask(event.currentTarget)}>
      <option value="">Choose</option>
      {options.value.map((value) => (
        <option key={value}>{value}</option>
      ))}
    </select>
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
  if (element.type === 'external_select') return <AskingSelect element={element} isOptional={isOptional} />;
  const chosen = [
    ((element.initial_option ?? {}) as Json).value ?? element.initial_user,
    ...((element.initial_options ?? []) as readonly Json[]).map(({ value }) => value),
    ...((element.initial_users ?? []) as readonly string[]),
  ];
  return (
    <select id={name} name={name} required={!isOptional} multiple={isMany(element)}>
      {!isMany(element) && <option value="">Choose</option>}
      {optionsOf(element).map(([value, label]) => (
        <option key={value} value={value} selected={chosen.includes(value)}>
          {label}
        </option>
      ))}
    </select>
  );
}

function optionsOf(element: Json): readonly (readonly [string, string])[] {
  const people = state.value?.people ?? [];
  if (/users_select/.test(String(element.type))) return people.map(({ id, slack }) => [slack ?? id, id] as const);
  const groups = (element.option_groups ?? []) as readonly { options: readonly Json[] }[];
  const options = [...((element.options ?? []) as readonly Json[]), ...groups.flatMap((group) => group.options)];
  return options.map((option) => [String(option.value), textOf(option.text)] as const);
}
