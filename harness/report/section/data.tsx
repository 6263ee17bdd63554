/** Where the run's data is: embedded, offered for download, and how to take it out by hand. */
import { DATA_ID, type EmbeddedData } from '../data.js';
import { Scroll } from './parts.js';

export function Data({ data }: { data: EmbeddedData }) {
  return (
    <>
      <h3 id="data">Data</h3>
      <p>
        Everything on this page was drawn from <a href="results.json">results.json</a>, which lies
        beside this file. This page carries it, too, so that it can travel alone:
      </p>
      <ul class="downloads" hidden>
        {data.blocks.map(({ id, file }) => (
          <li key={id}>
            <button type="button" data-download={id}>
              Download {file}
            </button>
          </li>
        ))}
      </ul>
      {data.thinned && (
        <p class="note">
          The full latency histograms of this large run are in results.json only; the copy in this
          page has their quantiles.
        </p>
      )}
      <details>
        <summary>Take it out without scripts</summary>
        <p class="note">
          The data is in the element <code>script#{DATA_ID}</code>, as base64 of gzip:
        </p>
        <Scroll label="Command to take the data out">
          <pre>
            <code>
              {`sed -n 's/.*<script id="${DATA_ID}"[^>]*>\\([^<]*\\)<.*/\\1/p' report.html | base64 -d | gunzip > results.json`}
            </code>
          </pre>
        </Scroll>
      </details>
    </>
  );
}

/** The blocks themselves, at the end of the document. */
export function DataBlocks({ data }: { data: EmbeddedData }) {
  return (
    <>
      {data.blocks.map(({ id, file, mediaType, base64 }) => (
        <script
          key={id}
          id={id}
          type="application/octet-stream"
          data-file={file}
          data-media-type={mediaType}
          dangerouslySetInnerHTML={{ __html: `${base64}` }}
        />
      ))}
    </>
  );
}
