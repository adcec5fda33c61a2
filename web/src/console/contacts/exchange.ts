/** A file of contacts: what would become of it, then the import itself. */
import { api } from "../session";

export interface Planned {
  line: number;
  what: "new" | "completed" | "known";
  name: string;
  company: string;
  adds: string[];
}

interface Remark {
  line: number;
  error_id: string;
  reason: string;
  values: [string, string][];
}

export interface Imported {
  added: number;
  changed: number;
  unchanged: number;
  skipped: Remark[];
  remarks: Remark[];
  more: number;
  planned: Planned[];
}

export function sendFile(file: File, preview: boolean): Promise<Imported> {
  const vcard = /\.(vcf|vcard)$/i.test(file.name) || file.type.includes("vcard");
  return api.request<Imported>(`/api/contacts/import${preview ? "?preview=true" : ""}`, {
    method: "POST",
    body: file,
    contentType: vcard ? "text/vcard" : "text/csv",
  });
}
