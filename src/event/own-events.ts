/** Types that only Rivulet itself may tell, because they change the lead or its place in the funnel. */
export const ownEvents: readonly string[] = [
  'lead.created',
  'lead.updated',
  'stage.entered',
  'sequence.called',
  'sequence.ended',
  'segment.entered',
  'segment.left',
  'segments.looked-at',
  'score.adjusted',
  'tag.added',
  'tag.removed',
  'consent.granted',
  'consent.withdrawn',
  'resubscribed',
  'series.left',
  'series.rejoined',
  'preferences.changed',
  'address.asked',
  'address.changed',
  'address.restored',
  'suppressed',
  'suppression.lifted',
  // Asked for by a form whose address must be confirmed; about: the form.
  'consent.asked',
  // A signed link was followed; about: the asset.
  'asset.downloaded',
  // The score came over a threshold, or fell so far below it that it counts as left; about: the threshold.
  'threshold.reached',
  'threshold.left',
  // A colleague looks after the lead from now on; about: the address of the colleague.
  'owner.assigned',
  // The lead was given to sales; about: the owner.
  'handed-over',
  // What sales heard; about: contacted, not-reachable, still-interested, not-interested, won, lost; data: value, currency, note.
  'sales.answered',
  // Another record of the same person became part of this one; about: the id of the other.
  'lead.merged',
];
