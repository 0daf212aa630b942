import { useAsked } from '../data/address.js';
import { Select } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { Tabs } from '../parts/tabs.js';
import { DeliverabilityDoctor } from './deliverability-doctor.js';
import { DeliverabilityLimits } from './deliverability-limits.js';
import { DeliverabilitySuppressions } from './deliverability-suppressions.js';
import { DeliverabilityTaken } from './deliverability-taken.js';
import './deliverability.css';

const tabs = [
  { id: 'taken', label: 'How mails are taken' },
  { id: 'limits', label: 'Limits and warm-up' },
  { id: 'suppressions', label: 'Suppressions' },
  { id: 'doctor', label: 'Doctor' },
] as const;

const periods = [
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
] as const;

/** Whether mails arrive: what receivers answered, how fast we may go, who gets none, and what could be better. */
export default function Deliverability() {
  const { get, set } = useAsked();
  const tab = tabs.find(({ id }) => id === get('show'))?.id ?? 'taken';
  const days = periods.find(({ value }) => value === get('days'))?.value ?? '30';
  return (
    <Page
      title="Deliverability"
      tells="What the servers that get your mails answered. Days are those of UTC."
      actions={
        tab === 'taken' && (
          <Select
            label="Period"
            isLabelHidden
            options={periods}
            value={days}
            onChange={({ target }) => set({ days: target.value === '30' ? '' : target.value })}
          />
        )
      }
    >
      <Tabs
        label="Deliverability"
        tabs={tabs}
        value={tab}
        onChange={(id) => set({ show: id === 'taken' ? '' : id, reason: '' })}
      >
        {tab === 'taken' && <DeliverabilityTaken days={Number(days)} />}
        {tab === 'limits' && <DeliverabilityLimits />}
        {tab === 'suppressions' && <DeliverabilitySuppressions />}
        {tab === 'doctor' && <DeliverabilityDoctor />}
      </Tabs>
    </Page>
  );
}
