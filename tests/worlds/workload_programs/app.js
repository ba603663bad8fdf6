// A small web application: reads a file, hashes, compresses, answers.
const crypto = require('crypto'), fs = require('fs'), http = require('http'), zlib = require('zlib');
http.createServer((request, response) => {
  fs.readFile('/etc/passwd', (failed, data) => {
    if (failed) { response.statusCode = 500; return response.end(String(failed)); }
    crypto.pbkdf2(request.url, 'salt', 1000, 32, 'sha256', () =>
      zlib.gzip(data, (_, packed) => fs.writeFile('/tmp/last', packed, () => response.end(`packed ${packed.length}\n`))));
  });
}).listen(8080, '127.0.0.1');
