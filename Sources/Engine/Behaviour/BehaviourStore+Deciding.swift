internal import Ledger
internal import Store

extension BehaviourStore {
    /// What event loops read of it, beside profiles.
    package func known(_ profiles: ProfileReader) -> KnownState {
        KnownState(
            profiles: profiles, visitors: visitors, accounts: accounts, aliases: aliases, objections: objections.held,
            requestsReopen: requestsReopen)
    }

    /// Keeps what is shown while it is decided.
    package var exposureLog: ExposureLog {
        ExposureLog { [self] known, shown, done throws(DecideError) in
            var refused: DecideError?
            let attempt: RecordAttempt<Void>
            do throws(BehaviourError) {
                attempt = try self.attempt(knowing: known) { recorder throws(BehaviourError) in
                    let exposures: [Exposure]
                    refused = nil
                    do throws(DecideError) {
                        exposures = try shown()
                    } catch {
                        refused = error
                        throw .notReady
                    }
                    for exposure in exposures { try recorder.record(exposure, "placements", nil) }
                } done: { outcome in
                    switch outcome {
                    case .success: done(nil)
                    case .failure(let error): done(BehaviourError(error))
                    }
                }
            } catch {
                throw refused ?? .notRecorded(error)
            }
            if case .awaits(let reads) = attempt { return reads }
            return nil
        }
    }
}
