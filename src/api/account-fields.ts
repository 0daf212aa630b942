import * as z from 'zod';
import { rights, roles } from '../access/rights.js';
import { parseAddress } from '../message/address.js';
import { plain } from './lead-body.js';

export const RightName = z.enum(rights, { error: `a right is one of: ${rights.join(', ')}` });
export const RoleName = z.enum(roles, { error: `a role is one of: ${roles.join(', ')}` });

export const AccountAddress = plain(320)
  .transform((text, context) => {
    const result = parseAddress(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  })
  .describe('an e-mail address');

export const PersonName = plain(100)
  .transform((name) => name.trim())
  .pipe(z.string().min(1, { error: 'say a name' }))
  .describe('how colleagues and the audit log call this person');
