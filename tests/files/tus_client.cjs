// Uploads a file with tus-js-client, breaks off, and goes on with a second client that knows the address alone.
const fs = require("fs");
const path = require("path");
const tus = require(path.join(process.cwd(), "node_modules", "tus-js-client"));

const words = JSON.parse(process.argv[2]);
const common = { endpoint: words.endpoint, headers: words.headers, metadata: words.metadata, chunkSize: 1024 * 1024, retryDelays: null };
const fail = (error) => {
  console.error(error);
  process.exit(1);
};

const first = new tus.Upload(fs.createReadStream(words.file), {
  ...common,
  onError: fail,
  onChunkComplete: (size, accepted) => {
    if (accepted >= words.stopAt) first.abort().then(() => goOn(first.url), fail);
  },
});
first.start();

function goOn(url) {
  let resumedAt = null;
  const again = new tus.Upload(fs.createReadStream(words.file), {
    ...common,
    uploadUrl: url,
    onError: fail,
    onAfterResponse: (request, response) => {
      if (request.getMethod() === "HEAD") resumedAt = Number(response.getHeader("Upload-Offset"));
    },
    onSuccess: ({ lastResponse }) => {
      console.log(JSON.stringify({ resumedAt, page: lastResponse.getHeader("X-Location") }));
    },
  });
  again.start();
}
